package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.Member;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.retry.RetryPolicy;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.TimeDuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RatisSettingsTest {
    private static final String KEY = "_KEY";
    private static final String DEFAULT = "_DEFAULT";

    @TempDir
    Path directory = Path.of("");

    @Test
    void everyTimeOfRatisIsChosenOrHasAReasonWhyItDecidesNothing() throws Exception {
        RaftProperties set = properties();
        Set<String> times = times();
        assertThat(times)
                .hasSizeGreaterThan(20)
                .contains(RaftServerConfigKeys.Log.Appender.RETRY_POLICY_KEY)
                .allSatisfy(key -> assertThat(set.get(key) != null)
                        .as("%s is set, or else stands among those without effect", key)
                        .isNotEqualTo(RatisSettings.WITHOUT_EFFECT.containsKey(key)));
        assertThat(times).containsAll(RatisSettings.WITHOUT_EFFECT.keySet());
        assertThat(RatisSettings.WITHOUT_EFFECT.values()).noneMatch(String::isBlank);
    }

    @Test
    void anAppenderNeverWaitsLongAndNeverEndsItsWaits() {
        RetryPolicy policy = RetryPolicy.parse(RatisSettings.RETRIES);
        for (int error : new int[] {1, 11, 20, 100, 10_000, Integer.MAX_VALUE - 1}) {
            RetryPolicy.Action action = policy.handleAttemptFailure(() -> error);
            assertThat(action.shouldRetry()).isTrue();
            assertThat(action.getSleepTime().toLong(TimeUnit.MILLISECONDS))
                    .as("after error %d", error)
                    .isBetween(5L, 150L);
        }
    }

    /** TCP has it on a line of 150 ms on which one packet of a hundred is lost (the formula in RFC 3819). */
    private static final double LONG_LINE_OCTETS_PER_SECOND = 1_000_000 / 8.0;

    @Test
    void whatIsSentAtOnceIsAnsweredInTimeOnALongLine() {
        RaftProperties set = properties();
        int entries = RaftServerConfigKeys.Log.Appender.bufferByteLimit(set).getSizeInt();
        assertThat(entries).isGreaterThan(RaftLimits.MAX_COMMAND_BYTES);
        assertThat(GrpcConfigKeys.Server.leaderOutstandingAppendsMax(set)).isLessThanOrEqualTo(2);
        assertThat(entries / LONG_LINE_OCTETS_PER_SECOND).isLessThan((double)
                RaftServerConfigKeys.Rpc.requestTimeout(set).toLong(TimeUnit.SECONDS));

        int chunks = GrpcConfigKeys.Server.installSnapshotRequestElementLimit(set);
        int chunk = RaftServerConfigKeys.Log.Appender.snapshotChunkSizeMax(set).getSizeInt();
        TimeDuration answered =
                GrpcConfigKeys.Server.installSnapshotRequestTimeout(set).multiply(chunks);
        // Half of the line for what else goes over it.
        assertThat(2.0 * chunks * chunk / LONG_LINE_OCTETS_PER_SECOND)
                .isLessThan((double) answered.toLong(TimeUnit.SECONDS));
    }

    private RaftProperties properties() {
        InetSocketAddress bind = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7400);
        return RatisSettings.properties(new ReplicaConfig(
                directory,
                new UUID(1, 1),
                new Member("one", 1, "127.0.0.1:7400", ""),
                bind,
                ReplicaConfig.StartMode.JOIN,
                null,
                ReplicaTuning.STANDARD));
    }

    /** The keys whose default is declared as a time, and those whose value holds times in a text. */
    private static Set<String> times() throws IOException, URISyntaxException, ReflectiveOperationException {
        Set<String> keys = new TreeSet<>();
        for (Class<?> type : keyClasses()) {
            for (Field field : type.getFields()) {
                String name = field.getName();
                if (!name.endsWith(DEFAULT)) {
                    continue;
                }
                String stem = name.substring(0, name.length() - DEFAULT.length());
                boolean text = stem.toLowerCase(Locale.ROOT).endsWith("retry_policy");
                if (text || field.getType() == TimeDuration.class || field.getType() == Duration.class) {
                    keys.add((String) type.getField(stem + KEY).get(null));
                }
            }
        }
        return keys;
    }

    /** All classes of keys in the jars that hold those that we know. */
    private static Collection<Class<?>> keyClasses()
            throws IOException, URISyntaxException, ReflectiveOperationException {
        List<Class<?>> found = new ArrayList<>();
        for (Class<?> known : List.of(
                RaftConfigKeys.class, RaftServerConfigKeys.class, RaftClientConfigKeys.class, GrpcConfigKeys.class)) {
            Path jar = Path.of(
                    known.getProtectionDomain().getCodeSource().getLocation().toURI());
            try (JarFile file = new JarFile(jar.toFile());
                    Stream<String> entries = file.stream().map(entry -> entry.getName())) {
                for (String entry : entries.filter(name -> name.matches(".*ConfigKeys(\\$[^.]*)?\\.class"))
                        .toList()) {
                    found.add(Class.forName(entry.substring(0, entry.length() - ".class".length())
                            .replace('/', '.')));
                }
            }
        }
        return found;
    }
}
