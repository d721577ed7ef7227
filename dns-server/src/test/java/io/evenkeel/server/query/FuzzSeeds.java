package io.evenkeel.server.query;

import io.evenkeel.zones.change.CommandTarget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Writes what is known to be interesting as first inputs of the fuzz targets: messages and zones of the answer tables, commands by seed. */
public final class FuzzSeeds {
    /** Reads octet by octet, in fives, as a whole. */
    private static final byte[][] CUTS = {{0}, {1, 4}, {2, (byte) 0xBF, (byte) 0xC0}};

    private static final int COMMANDS = 100;

    private FuzzSeeds() {}

    /** A few messages that are nearly right, as a TCP stream that is cut anyhow: an input of that target. */
    public static byte[] stream(long seed) throws IOException {
        FuzzedMessages messages = new FuzzedMessages(seed);
        SplittableRandom random = new SplittableRandom(seed);
        byte[] cuts = new byte[1 + random.nextInt(16)];
        random.nextBytes(cuts);
        cuts[0] = (byte) (cuts.length - 1);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        stream.writeBytes(cuts);
        byte[] buffer = new byte[8192];
        for (int i = random.nextInt(60); i >= 0; i--) {
            int length = messages.next(messages.table(), buffer);
            stream.write(length >> 8);
            stream.write(length);
            stream.write(buffer, 0, length);
        }
        byte[] all = stream.toByteArray();
        return random.nextBoolean() ? all : Arrays.copyOf(all, random.nextInt(all.length));
    }

    /** A folder, in which each target gets one of its own. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        for (String target : List.of("question", "datagram", "framing", "zonefile", "command")) {
            Files.createDirectories(folder.resolve(target));
        }
        List<AnswerTable> tables = FuzzedServer.tables();
        for (int i = 0; i < tables.size(); i++) {
            AnswerTable table = tables.get(i);
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            stream.writeBytes(CUTS[i % CUTS.length]);
            for (AnswerTable.Row row : table.rows) {
                byte[] message = AnswerTable.message(row.question());
                String name = i + "-" + row.line();
                Files.write(folder.resolve("question").resolve(name), message);
                ByteArrayOutputStream datagram = new ByteArrayOutputStream();
                datagram.write(i);
                datagram.write(FuzzedServer.setup(row.question()));
                datagram.writeBytes(message);
                Files.write(folder.resolve("datagram").resolve(name), datagram.toByteArray());
                stream.write(message.length >> 8);
                stream.write(message.length);
                stream.writeBytes(message);
            }
            Files.write(folder.resolve("framing").resolve(Integer.toString(i)), stream.toByteArray());
            Files.write(
                    folder.resolve("zonefile").resolve(Integer.toString(i)),
                    ("\0" + table.zoneText()).getBytes(StandardCharsets.UTF_8));
        }
        for (int seed = 0; seed < COMMANDS; seed++) {
            Files.write(folder.resolve("command").resolve(Integer.toString(seed)), CommandTarget.seed(seed));
        }
    }
}
