package io.evenkeel.server.query;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The zones of all answer tables, each served by handlers of several settings. A table and the settings are chosen by an octet
 * each, so that an input of a fuzzer can be replayed alone.
 */
final class FuzzedServer {
    private static final List<String> SETTINGS = List.of("chaos", "require-cookie", "no-cookies", "no-nsid");
    private static final int STALE = 1 << SETTINGS.size();
    private static final int TCP = STALE << 1;
    /** Octets of settings that differ. */
    static final int SETUPS = TCP << 1;

    /** Read once, since nothing changes them. */
    private static final List<AnswerTable> TABLES = readTables();

    private static final Client IPV4 = AnswerTable.client("ask");
    private static final Client IPV6 = AnswerTable.client("ask from=2001:db8::1");

    final QueryCounters counters = new QueryCounters();
    final byte[] in = new byte[65_535 + 8];
    final byte[] out = new byte[65_535];
    /** By table and setup; made when first used. */
    private final Map<Integer, QueryHandler> handlers = new HashMap<>();

    /** In order of their names. */
    static List<AnswerTable> tables() {
        return TABLES;
    }

    private static List<AnswerTable> readTables() {
        try (Stream<Path> files = Files.list(folder())) {
            return files.sorted()
                    .map(file -> {
                        try {
                            return new AnswerTable(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            return Path.of(Objects.requireNonNull(FuzzedServer.class.getResource("/answers"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The octet for what a row of an answer table asks for. */
    static int setup(String row) {
        int setup = AnswerTable.isStale(row) ? STALE : 0;
        for (int i = 0; i < SETTINGS.size(); i++) {
            setup |= AnswerTable.has(row, SETTINGS.get(i)) ? 1 << i : 0;
        }
        return setup | (AnswerTable.transport(row) == Transport.TCP ? TCP : 0);
    }

    static Transport transport(int setup) {
        return (setup & TCP) == 0 ? Transport.UDP : Transport.TCP;
    }

    /** Answers what is in {@link #in}, into {@link #out}, and checks what costs little. */
    int answer(int length, int table, int setup) {
        Transport transport = transport(setup);
        int written = AnswerTable.answer(
                handler(table % TABLES.size(), setup % SETUPS), in, length, transport, client(setup), out);
        Invariants.check(in, length, transport, out, written);
        return written;
    }

    /** The same for a message from elsewhere, and checks everything. */
    void answer(byte[] message, int table, int setup) throws IOException {
        System.arraycopy(message, 0, in, 0, message.length);
        Arrays.fill(in, message.length, message.length + 8, (byte) table); // what follows does not matter
        Arrays.fill(out, 0, 600, (byte) setup); // nor what was there before
        int written = answer(message.length, table, setup);
        Invariants.hold(
                Arrays.equals(in, 0, message.length, message, 0, message.length), "the question was written upon");
        if (written > 0) {
            Invariants.checkReadable(in, message.length, out, written);
        }
        Invariants.hold(counters.failures() == 0, "a fault of this program");
    }

    /** Messages that were counted as answered or dropped. */
    long counted() {
        long count = 0;
        for (DropReason reason : DropReason.values()) {
            count += counters.drops(reason);
        }
        for (Transport transport : Transport.values()) {
            for (int rcode = 0; rcode < QueryCounters.RCODES; rcode++) {
                count += counters.responses(transport, rcode);
            }
        }
        return count;
    }

    private QueryHandler handler(int table, int setup) {
        return handlers.computeIfAbsent(table * SETUPS + setup, _ -> newHandler(TABLES.get(table), setup));
    }

    private QueryHandler newHandler(AnswerTable table, int setup) {
        StringBuilder row = new StringBuilder("ask");
        for (int i = 0; i < SETTINGS.size(); i++) {
            row.append((setup & (1 << i)) == 0 ? "" : " " + SETTINGS.get(i));
        }
        return new QueryHandler(
                new AnswerSource(() -> table.catalog, AnswerTable.settings(row.toString()), () -> (setup & STALE) != 0),
                counters);
    }

    private static Client client(int setup) {
        return (setup & 1) == 0 ? IPV4 : IPV6;
    }
}
