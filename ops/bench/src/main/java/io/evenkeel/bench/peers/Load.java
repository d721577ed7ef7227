package io.evenkeel.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.bench.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The generator on a core of its own: {@code ops/bench/native/load.c}, or {@code evenkeel bench} where there is no C compiler,
 * which asks the same and costs its core more.
 */
final class Load {
    private final @Nullable Path program;
    private final Path launcher;
    private final Path folder;
    private final int core;
    private final ObjectMapper json = new ObjectMapper();

    /** @param program the compiled generator; null: the launcher's {@code bench} */
    Load(@Nullable Path program, Path launcher, Path folder, int core) {
        this.program = program;
        this.launcher = launcher;
        this.folder = folder;
        this.core = core;
    }

    /** Over what. */
    enum Transport {
        UDP,
        /** Pipelined. */
        TCP,
        /** One question a connection. */
        TCP1
    }

    /**
     * How to ask; with EDNS.
     *
     * @param outstanding open questions on each socket, if there is no rate
     * @param rate questions a second over all; 0: as fast as they are answered
     * @param dnssec with the DO bit
     * @param clients addresses from which questions come over UDP; 0: one. Only the compiled generator can
     */
    record How(Transport transport, int sockets, int outstanding, double rate, boolean dnssec, int clients) {
        static final How UDP = new How(Transport.UDP, 8, 24, 0, false);

        How(Transport transport, int sockets, int outstanding, double rate, boolean dnssec) {
            this(transport, sockets, outstanding, rate, dnssec, 0);
        }

        /** Over UDP at a rate, from the time that a question is due. */
        static How paced(double rate) {
            return new How(Transport.UDP, 4, 1, rate, false);
        }

        /** The same from that many addresses. */
        How from(int addresses) {
            return new How(transport, sockets, outstanding, rate, dnssec, addresses);
        }

        private List<String> forProgram() {
            List<String> options = new ArrayList<>(List.of(
                    "-t",
                    transport.name().toLowerCase(Locale.ROOT),
                    "-c",
                    Integer.toString(sockets),
                    "-w",
                    Integer.toString(outstanding),
                    dnssec ? "-D" : "-e"));
            if (rate > 0) {
                options.addAll(List.of("-r", whole(rate)));
            }
            if (clients > 0) {
                options.addAll(List.of("-s", Integer.toString(clients)));
            }
            return options;
        }

        private List<String> forBench() {
            List<String> options = new ArrayList<>(List.of("--output", "json", "--sockets", Integer.toString(sockets)));
            options.addAll(
                    rate > 0
                            ? List.of("--rate", whole(rate))
                            : List.of("--outstanding", Integer.toString(sockets * outstanding)));
            if (transport != Transport.UDP) {
                options.add("--tcp");
            }
            if (transport == Transport.TCP1) {
                options.addAll(List.of("--questions-per-connection", "1"));
            }
            if (dnssec) {
                options.add("--dnssec");
            }
            return options;
        }

        private static String whole(double value) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
    }

    /** What one interval gave. {@link JsonNode} members: see the end of {@code load.c}. */
    record Result(JsonNode all) {
        long answers() {
            return all.path("answers").asLong();
        }

        double rate() {
            return all.path("rate").asDouble();
        }

        /** Questions a second. */
        double rateSent() {
            return all.path("sent").asDouble() / all.path("seconds").asDouble();
        }

        double lostShare() {
            return all.path("lost").asDouble() / Math.max(1, all.path("sent").asLong());
        }

        double octets() {
            return all.path("octets").asDouble();
        }

        double p99Micros() {
            return all.path("latencyMicros").path("p99").asDouble();
        }

        double share(String rcode) {
            return all.path("rcodes").path(rcode).asDouble() / Math.max(1, answers());
        }
    }

    Result run(BenchServer server, Path questions, double seconds, How how) throws IOException {
        List<String> command = new ArrayList<>(List.of(Programs.path("taskset"), "-c", Integer.toString(core)));
        if (program != null) {
            command.add(program.toString());
            command.addAll(how.forProgram());
            command.addAll(List.of("-l", Double.toString(seconds)));
            command.addAll(List.of("127.0.0.1", Integer.toString(server.port()), questions.toString()));
        } else if (how.clients() > 0) {
            throw new IOException("`evenkeel bench` asks from one address: install a C compiler (Debian: gcc)");
        } else {
            command.addAll(List.of(launcher.toString(), "bench", "127.0.0.1:" + server.port()));
            command.addAll(how.forBench());
            command.addAll(List.of("--seconds", Double.toString(seconds)));
            command.addAll(forBench(questions));
        }
        // The last line: long work says so before it.
        String said = Command.run(folder, command).strip();
        Result result = new Result(json.readTree(said.substring(said.lastIndexOf('\n') + 1)));
        if (result.answers() == 0) {
            throw new IOException("%s answers nothing on port %d; its log is %s"
                    .formatted(server.name(), server.port(), server.log()));
        }
        return result;
    }

    private static List<String> forBench(Path questions) throws IOException {
        try (java.io.BufferedReader lines = Files.newBufferedReader(questions)) {
            String first = lines.readLine();
            if (first != null && first.contains("#")) {
                return List.of("--names", first.substring(0, first.indexOf(' ')));
            }
        }
        return List.of("--questions", questions.toString());
    }
}
