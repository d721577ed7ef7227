package io.evenkeel.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ends the nodes of a measurement that was killed. */
final class GuardTest {
    @TempDir
    Path folder;

    @Test
    void nodesOfAKilledMeasurementAreTakenDownAndThoseThatHaveEndedAreLeftAlone() throws Exception {
        Path told = folder.resolve("told");
        Path launcher = launcher(told);
        Process measurement = sleeping();
        Process node = sleeping();
        Process ended = new ProcessBuilder("true").start();
        assertThat(ended.waitFor(1, TimeUnit.MINUTES)).isTrue();
        cluster("gone", ended.pid());
        Path left = cluster("left", node.pid());
        Process guard = guard(measurement, folder, launcher);
        try {
            assertThat(guard.isAlive()).isTrue();
            measurement.destroyForcibly();
            await().atMost(Duration.ofMinutes(1)).until(() -> !guard.isAlive());
            assertThat(told).hasContent("down --kill --data " + left);
        } finally {
            guard.destroyForcibly();
            node.destroyForcibly();
            measurement.destroyForcibly();
        }
    }

    @Test
    void nodesOfAKilledTestAreTakenDownBehindTheLinkToTheirFolder() throws Exception {
        Process test = sleeping();
        Process node = sleeping();
        Path told = folder.resolve("told");
        Path launcher = launcher(told);
        Path data = cluster("a data folder", node.pid());
        Path links = Files.createDirectory(folder.resolve("links"));
        Files.createSymbolicLink(links.resolve("c1"), data);
        Files.createSymbolicLink(links.resolve("c2"), folder.resolve("not there"));
        Process guard = guard(test, links, launcher);
        try {
            test.destroyForcibly();
            await().atMost(Duration.ofMinutes(1)).until(() -> !guard.isAlive());
            assertThat(told).hasContent("down --kill --data " + data);
        } finally {
            guard.destroyForcibly();
            node.destroyForcibly();
            test.destroyForcibly();
        }
    }

    private Path launcher(Path told) throws Exception {
        Path launcher = folder.resolve("launcher");
        Files.writeString(launcher, "#!/bin/sh\necho \"$@\" >>'%s'\n".formatted(told));
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
        return launcher;
    }

    private static Process guard(Process watched, Path folder, Path launcher) throws Exception {
        return new ProcessBuilder(
                        Path.of("guard.sh").toAbsolutePath().toString(),
                        Long.toString(watched.pid()),
                        folder.toString(),
                        launcher.toString())
                .start();
    }

    private Path cluster(String name, long pid) throws Exception {
        Path data = Files.createDirectories(folder.resolve(name));
        Files.writeString(data.resolve("cluster.json"), "{\"nodes\" : [ { \"pid\" : %d } ]}".formatted(pid));
        return data;
    }

    private static Process sleeping() throws Exception {
        return new ProcessBuilder("sleep", "3600").start();
    }
}
