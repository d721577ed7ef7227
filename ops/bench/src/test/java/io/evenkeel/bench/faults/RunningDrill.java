package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.bench.cluster.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** {@code evenkeel drill run} while a test does other things; its seconds are the test's clock. */
final class RunningDrill implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** A drill may have to start nodes of its own first, on a machine that does other things. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Process process;
    private final BlockingQueue<JsonNode> values = new LinkedBlockingQueue<>();
    /** What it said on its error output, and how reading its values ended if that was no end. */
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();

    /** @param scenario as its file has it */
    RunningDrill(Path folder, String scenario) throws IOException {
        Path file = Files.writeString(Files.createTempFile(folder, "scenario", ".yaml"), scenario);
        process = LocalCluster.launch(Map.of(), "drill", "run", file.toString(), "--output", "json");
        Thread.ofVirtual().start(() -> process.errorReader().lines().forEach(line -> errors.add(line)));
        Thread.ofVirtual().start(() -> {
            try (MappingIterator<JsonNode> read = JSON.readerFor(JsonNode.class).readValues(process.inputReader())) {
                read.forEachRemaining(values::add);
            } catch (IOException | RuntimeException e) {
                errors.add(e.toString());
            }
        });
    }

    /** Waits for so many seconds of the fleet, from the last one that was taken on. */
    List<JsonNode> next(int count) throws InterruptedException {
        List<JsonNode> taken = new ArrayList<>();
        while (taken.size() < count) {
            JsonNode value = take();
            assertThat(value.has("result")).as("the drill ended with %s", value).isFalse();
            taken.add(value);
        }
        return taken;
    }

    /** The seconds that are over and were not taken yet; it does not wait. */
    List<JsonNode> over() {
        List<JsonNode> over = new ArrayList<>();
        values.drainTo(over);
        return over;
    }

    /** Leaves out the seconds that are over, and the present one. */
    void skip() throws InterruptedException {
        List<JsonNode> left = over();
        assertThat(left).as("the drill ended").noneMatch(value -> value.has("result"));
        List<JsonNode> _ = next(1);
    }

    /** Waits for its end; what came of all. */
    JsonNode result() throws InterruptedException {
        JsonNode value = take();
        while (!value.has("result")) {
            value = take();
        }
        return value;
    }

    /** Has it end before its time, as by Ctrl-C; that makes it void. */
    void end() {
        // Not by the process itself, which would close its output, too.
        assertThat(process.toHandle().destroy()).isTrue();
    }

    /** Of the process, which the launcher has become. */
    long pid() {
        return process.pid();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
    }

    private JsonNode take() throws InterruptedException {
        JsonNode value = values.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(value).as("the drill says nothing any more: %s", errors).isNotNull();
        return value;
    }

    /** Its guard, which is a process of its own, takes away the rest. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
