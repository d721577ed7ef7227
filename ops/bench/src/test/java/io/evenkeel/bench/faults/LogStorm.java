package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.tools.attach.VirtualMachine;
import io.evenkeel.bench.cluster.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Lines of all templates of these sources in the process of a node, by {@link LogAgent}. */
final class LogStorm {
    private static final Pattern TEMPLATE = Pattern.compile(
            "(?:LOG|log|JOURNAL)\\.(?:info|warn|error|debug)\\(\\s*(?:Kind\\.\\w+,\\s*)?\"((?:[^\"\\\\]|\\\\.)+)\"");

    private final Path jar;
    private final Path templates;

    LogStorm(Path folder) throws IOException {
        templates = folder.resolve("templates");
        TreeSet<String> found = new TreeSet<>();
        for (String module : new String[] {"zones", "consensus", "dns-server"}) {
            try (Stream<Path> sources = Files.walk(Path.of("../..", module, "src/main/java"))) {
                for (Path source : sources.filter(file -> file.toString().endsWith(".java"))
                        .toList()) {
                    TEMPLATE.matcher(Files.readString(source))
                            .results()
                            .map((MatchResult result) -> result.group(1))
                            .forEach(found::add);
                }
            }
        }
        assertThat(found).hasSizeGreaterThan(100);
        Files.write(templates, found);
        jar = AgentJar.make(folder.resolve("log-storm.jar"), LogAgent.class);
    }

    /**
     * Of a storm that is over.
     *
     * @param lines that were logged, or left out by the node
     * @param slowestMillis the longest that one of its threads was held up by one of them
     */
    record Ended(long lines, double slowestMillis) {}

    /** One storm, which goes on when this returns. */
    Running begin(long pid, int perSecond, int seconds) throws Exception {
        VirtualMachine node = VirtualMachine.attach(Long.toString(pid));
        boolean done = false;
        try {
            node.loadAgent(jar.toString(), perSecond + "\t" + seconds + "\t" + templates.toAbsolutePath());
            done = true;
            return new Running(node, Duration.ofSeconds(2L * seconds).plus(LocalCluster.LONG));
        } finally {
            if (!done) {
                node.detach();
            }
        }
    }

    /** A storm that was begun. */
    record Running(VirtualMachine node, Duration most) implements AutoCloseable {
        boolean isOver() throws IOException {
            return state().startsWith("ended ");
        }

        /** Waits for its end. */
        Ended end() throws IOException {
            Awaitility.await("the end of a storm of lines").atMost(most).until(this::isOver);
            String[] words = state().split(" ", -1);
            return new Ended(Long.parseLong(words[1]), Long.parseLong(words[2]) / 1e6);
        }

        private String state() throws IOException {
            return node.getSystemProperties().getProperty(LogAgent.STATE, "");
        }

        @Override
        public void close() throws IOException {
            node.detach();
        }
    }
}
