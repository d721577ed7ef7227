package io.evenkeel.server.log;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The journal of a node on its disk: changes of state, the newest 8 MiB of them, over all its restarts. One thread writes, any reads. What a process
 * that was killed has left of a line is no event.
 */
public final class JournalFiles {
    /** Events in one answer. */
    public static final int MOST_EVENTS = 1000;

    static final String NUMBER = "number";
    static final String TIME = "time";

    // Some weeks of a node in trouble: a whole minute of all kinds is 50 kB, and a change of leader 300 octets.
    private static final int FILES = 8;
    private static final long FILE_OCTETS = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path data;
    private final Path file;

    /** @param data the folder of the node; need not be there yet */
    public JournalFiles(Path data) {
        this.data = data;
        this.file = data.resolve("journal").resolve("events.jsonl");
    }

    LogSink.Target target() {
        LogRing ring = new LogRing(file, FILE_OCTETS, FILES);
        return new LogSink.Target() {
            @Override
            public void append(byte[] line, long now) throws IOException {
                if (Files.notExists(data)) {
                    throw new NoSuchFileException(data.toString()); // its owner makes it, for one user alone
                }
                ring.append(line, now);
            }

            @Override
            public void close() throws IOException {
                ring.close();
            }
        };
    }

    /** Of the newest event; 0 if there is none. */
    long lastNumber() throws IOException {
        List<ObjectNode> newest = read(0, null, 1);
        return newest.isEmpty() ? 0 : newest.getFirst().path(NUMBER).asLong();
    }

    /**
     * Events in the order in which they came: the first ones after a number, or the last ones. May block.
     *
     * @param after only events with greater numbers; 0: the last ones are wanted
     * @param since only events of that time or later; null: of any
     * @param most at least one, {@link #MOST_EVENTS} at most
     * @return objects with {@code number}, {@code time}, {@code level}, {@code kind}, {@code text} and perhaps {@code fields}
     * @throws IOException if they cannot be read
     */
    public List<ObjectNode> read(long after, @Nullable Instant since, int most) throws IOException {
        Deque<ObjectNode> found = new ArrayDeque<>();
        long[] last = {after};
        eachLine(line -> {
            ObjectNode event = event(line);
            // A file that was renamed while the others were opened is here twice.
            if (event != null && event.path(NUMBER).asLong() > last[0]) {
                last[0] = event.path(NUMBER).asLong();
                if (since == null || !time(event).isBefore(since)) {
                    found.add(event);
                }
            }
            if (found.size() > most && after == 0) {
                found.remove();
            }
            return after == 0 || found.size() < most;
        });
        return List.copyOf(found);
    }

    /** @param more told each line, the oldest first; false: no more are wanted */
    private void eachLine(Predicate<String> more) throws IOException {
        List<InputStream> files = new ArrayList<>();
        try {
            for (int i = 0; i < FILES; i++) {
                Path each = i == 0 ? file : file.resolveSibling(file.getFileName() + "." + i);
                try {
                    files.addFirst(Files.newInputStream(each));
                } catch (NoSuchFileException e) {
                    // fewer are there, or this one is just being renamed, and comes next
                }
            }
            boolean wanted = true;
            for (InputStream each : files) {
                BufferedReader reader = new BufferedReader(new InputStreamReader(each, StandardCharsets.UTF_8));
                for (String line = reader.readLine(); wanted && line != null; line = reader.readLine()) {
                    wanted = more.test(line);
                }
            }
        } finally {
            for (InputStream each : files) {
                each.close();
            }
        }
    }

    private static @Nullable ObjectNode event(String line) {
        try {
            JsonNode json = JSON.readTree(line);
            return json instanceof ObjectNode event && event.path(NUMBER).isIntegralNumber() ? event : null;
        } catch (JsonProcessingException e) {
            return null; // its process was killed before it was whole
        }
    }

    private static Instant time(ObjectNode event) {
        try {
            return Instant.parse(event.path(TIME).asText());
        } catch (DateTimeException e) {
            return Instant.MAX; // rather shown than hidden
        }
    }
}
