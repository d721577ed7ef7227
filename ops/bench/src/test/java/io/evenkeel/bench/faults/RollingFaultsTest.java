package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release that speaks one level more is rolled into a cluster in service, and the cluster is raised. */
@Tag("faults")
class RollingFaultsTest {
    private static final String OLDER = "";
    private static final String NEWER = "-ea -Devenkeel.test.trial-level=true";

    @TempDir
    private Path folder = Path.of("");

    private final Map<String, Process> restarted = new LinkedHashMap<>();
    private LocalCluster cluster = new LocalCluster(Path.of(""), 3);

    @AfterEach
    void end() throws Exception {
        restarted.values().forEach(LocalCluster::kill);
        cluster.close();
    }

    @Test
    void aReleaseIsRolledInNodeByNodeAndTheClusterRaisedOnlyWhenAllHaveIt() throws Exception {
        cluster = new LocalCluster(folder.resolve("data"), 3);
        cluster.up();
        List<String> names =
                cluster.nodes().stream().map(ClusterFile.Node::name).toList();
        assertThat(say("n1", "cluster", "level", "raise").err()).contains("no member speaks level 3");

        for (String name : names) {
            String other = name.equals("n1") ? "n2" : "n1";
            awaitSafeToStop(other, name);
            stop(name);
            LocalCluster.Said meanwhile = say(other, "cluster", "safe-to-stop", other);
            assertThat(meanwhile.code()).as("%s", meanwhile).isEqualTo(1);
            assertThat(meanwhile.out()).contains(name + " does not answer").contains("1 of 3 members take part");
            assertThat(say(other, "cluster", "level", "raise").err()).contains(name + " does not answer");
            start(name, NEWER);
            awaitReady(name);
            if (!name.equals("n3")) {
                LocalCluster.Said early = say(name, "cluster", "level", "raise");
                assertThat(early.code()).as("%s", early).isEqualTo(1);
                assertThat(early.err()).contains("n3 runs release").contains("restart it with a release that speaks");
            }
        }
        assertThat(level("n1")).isEqualTo(2);

        awaitSafeToStop("n1", "n2"); // all are back, so that each answers for itself
        LocalCluster.Said raised = say("n2", "cluster", "level", "raise");
        assertThat(raised.code()).as("%s", raised).isZero();
        for (String name : names) {
            Awaitility.await(name).atMost(LocalCluster.LONG).until(() -> level(name) == 3);
        }
        assertThat(cluster.setTxt(cluster.node("n3"), "after", "the raise").accepted())
                .isTrue();
        assertThat(say("n1", "cluster", "level", "raise").err()).contains("no member speaks level 4");

        // The release before does not take part any more, says why, and does no harm to the others.
        stop("n3");
        start("n3", OLDER);
        Awaitility.await().atMost(LocalCluster.LONG).until(() -> {
            JsonNode n3 = member("n1", "n3");
            return n3.path("role").asText().equals("NONE")
                    && n3.path("reasons")
                            .toString()
                            .contains("the cluster is at level 3, and this release speaks level 2 at most");
        });
        // It is starting for as long as it may hope for a majority.
        Awaitility.await("n3 opens with what it has")
                .atMost(LocalCluster.LONG)
                .until(() ->
                        say("n1", "cluster", "safe-to-stop", "n2").out().contains("n3 takes no part in the cluster"));
        assertThat(cluster.setTxt(cluster.node("n1"), "without", "n3").accepted())
                .isTrue();

        stop("n3");
        start("n3", NEWER);
        awaitReady("n3");
        awaitSafeToStop("n3", "n1");
        assertThat(LocalCluster.txt(cluster.node("n3"), "without")).contains("n3");
        assertThat(level("n3")).isEqualTo(3);
    }

    private void awaitSafeToStop(String through, String name) {
        Awaitility.await("until " + name + " may be stopped")
                .atMost(LocalCluster.LONG)
                .until(() -> {
                    LocalCluster.Said said = say(through, "cluster", "safe-to-stop", name);
                    return said.code() == 0 && said.out().equals(name + " may be stopped");
                });
    }

    private void stop(String name) throws Exception {
        Process process = restarted.get(name);
        if (process == null) {
            LocalCluster.signal("TERM", cluster.node(name));
            LocalCluster.awaitGone(List.of(cluster.node(name)));
        } else {
            process.destroy();
            assertThat(process.waitFor(LocalCluster.LONG.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    /** @param options of the JVM: which release it stands for */
    private void start(String name, String options) throws IOException {
        Path data = cluster.data();
        ProcessBuilder builder = new ProcessBuilder(
                        LocalCluster.LAUNCHER.toString(),
                        "serve",
                        "--config",
                        data.resolve(cluster.node(name).config()).toString())
                .redirectErrorStream(true)
                .redirectOutput(data.resolve(name).resolve("restarted.log").toFile());
        builder.environment().put("EVENKEEL_NODE_OPTS", options);
        restarted.put(name, builder.start());
    }

    private void awaitReady(String name) {
        Awaitility.await(name)
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.send(cluster.node(name), "GET", "/readyz", null, Duration.ofSeconds(5))
                                .status()
                        == 200);
    }

    private int level(String through) {
        return view(through).at("/level/cluster").asInt();
    }

    /** A member as another sees it. */
    private JsonNode member(String through, String name) {
        return StreamSupport.stream(view(through).path("members").spliterator(), false)
                .filter(member -> member.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private JsonNode view(String through) {
        String body = cluster.send(
                        cluster.node(through), "GET", "/api/v1/evenkeel/cluster", null, Duration.ofSeconds(10))
                .body();
        return Json.readOrMissing(body.getBytes(StandardCharsets.UTF_8));
    }

    private LocalCluster.Said say(String through, String... verb) throws IOException, InterruptedException {
        ClusterFile.Node node = cluster.node(through);
        List<String> all = new ArrayList<>(List.of(verb));
        all.addAll(List.of(
                "--server",
                "http://" + node.admin(),
                "--api-key-file",
                cluster.data().resolve(node.apiKeyFile()).toString()));
        return LocalCluster.evenkeel(Map.of(), all.toArray(String[]::new));
    }
}
