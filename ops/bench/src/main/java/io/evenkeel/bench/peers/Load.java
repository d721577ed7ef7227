package io.evenkeel.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The generator, {@code ops/bench/native/load.c}, on a core of its own. */
final class Load {
    private final Path program;
    private final Path folder;
    private final int core;
    private final ObjectMapper json = new ObjectMapper();

    Load(Path program, Path folder, int core) {
        this.program = program;
        this.folder = folder;
        this.core = core;
    }

    /** What one interval gave. {@link JsonNode} members: see the end of {@code load.c}. */
    record Result(JsonNode all) {
        long answers() {
            return all.path("answers").asLong();
        }

        double rate() {
            return all.path("rate").asDouble();
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

    Result run(BenchServer server, Path questions, double seconds, List<String> options) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(Programs.path("taskset"), "-c", Integer.toString(core), program.toString()));
        command.addAll(options);
        command.addAll(List.of(
                "-l", Double.toString(seconds), "127.0.0.1", Integer.toString(server.port()), questions.toString()));
        Result result = new Result(json.readTree(Programs.run(folder, command)));
        if (result.answers() == 0) {
            throw new IOException("%s answers nothing on port %d; its log is %s"
                    .formatted(server.name(), server.port(), server.log()));
        }
        return result;
    }
}
