package io.evenkeel.consensus.snapshot;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.codec.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What a snapshot consists of: the file {@code MANIFEST} in its directory, written last. Lines of text; the last one is the
 * SHA-256 of those before it.
 *
 * @param clusterId whose state it is
 * @param term of the last entry in it
 * @param index of the last entry in it
 * @param zones how many
 * @param records in all zones
 * @param octets of heap that the state took where it was written
 * @param history of all commands in it; see {@link io.evenkeel.consensus.Published#history}
 * @param files all others of the directory that belong to it
 */
public record SnapshotManifest(
        UUID clusterId,
        long term,
        long index,
        long zones,
        long records,
        long octets,
        Hash256 history,
        List<Entry> files) {
    /** Its name in the directory of the snapshot. */
    public static final String FILE = "MANIFEST";

    private static final String FORMAT = "1";
    private static final Pattern NAME = Pattern.compile("[a-z]+(?:-[0-9a-f]+)*");

    /** A hundred octets a file: of far more files than there can be. */
    static final long MAX_BYTES = 16 << 20;

    public SnapshotManifest {
        files = List.copyOf(files);
    }

    /**
     * One file.
     *
     * @param sha256 in hexadecimal digits
     */
    public record Entry(String name, long bytes, String sha256) {}

    /** Of all files. */
    public long bytes() {
        return files.stream().mapToLong(Entry::bytes).sum();
    }

    /** Whether a file of a snapshot, its manifest included, may have that name: none leads out of its directory. */
    public static boolean isName(String file) {
        return file.equals(FILE) || NAME.matcher(file).matches();
    }

    byte[] encode() {
        StringBuilder text = new StringBuilder("format " + FORMAT + "\ncluster " + clusterId + "\nterm " + term
                + "\nindex " + index + "\nzones " + zones + "\nrecords " + records + "\noctets " + octets + "\nhistory "
                + history + "\n");
        for (Entry file : files) {
            text.append("file ")
                    .append(file.name)
                    .append(' ')
                    .append(file.bytes)
                    .append(' ')
                    .append(file.sha256)
                    .append('\n');
        }
        String body = text.toString();
        return (body + "sha256 " + digest(body) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** @throws IOException if it is missing, damaged, or of a later version */
    static SnapshotManifest read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(file + " is too large for a manifest");
        }
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        int last = text.lastIndexOf("sha256 ");
        if (last < 0 || !text.substring(last).equals("sha256 " + digest(text.substring(0, last)) + "\n")) {
            throw new IOException(file + " is damaged");
        }
        try {
            List<String> lines = text.substring(0, last).lines().toList();
            String format = value(lines, 0, "format");
            if (!format.equals(FORMAT)) {
                throw new IOException(file + " has format " + format + ", this version reads " + FORMAT);
            }
            List<Entry> files = new ArrayList<>();
            for (String line : lines.subList(8, lines.size())) {
                files.add(entry(line));
            }
            return new SnapshotManifest(
                    UUID.fromString(value(lines, 1, "cluster")),
                    Long.parseLong(value(lines, 2, "term")),
                    Long.parseLong(value(lines, 3, "index")),
                    Long.parseLong(value(lines, 4, "zones")),
                    Long.parseLong(value(lines, 5, "records")),
                    Long.parseLong(value(lines, 6, "octets")),
                    Hash256.read(HexFormat.of().parseHex(value(lines, 7, "history"))),
                    files);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException(file + " is no manifest of a snapshot", e);
        }
    }

    private static Entry entry(String line) {
        String[] parts = line.split(" ", -1);
        // A name never leads out of the directory.
        if (parts.length != 4
                || !parts[0].equals("file")
                || !NAME.matcher(parts[1]).matches()) {
            throw new IllegalArgumentException(line);
        }
        return new Entry(parts[1], Long.parseLong(parts[2]), parts[3]);
    }

    private static String value(List<String> lines, int line, String key) {
        String text = lines.get(line);
        if (!text.startsWith(key + " ")) {
            throw new IllegalArgumentException(text);
        }
        return text.substring(key.length() + 1);
    }

    private static String digest(String text) {
        return Sha256.hex(text.getBytes(StandardCharsets.US_ASCII));
    }
}
