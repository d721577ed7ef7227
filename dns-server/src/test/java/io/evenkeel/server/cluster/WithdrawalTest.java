package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.cluster.Withdrawal.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Members in one thread, whose messages take their time in virtual time, or are lost. */
final class WithdrawalTest {
    /** How often the promises are looked at where nothing happens. */
    private static final long MOMENT_NANOS = Duration.ofMillis(20).toNanos();

    private static final long TERM_NANOS = Duration.ofSeconds(3).toNanos();

    private final VirtualTime time = new VirtualTime();

    /** A cluster whose events happen one after the other. */
    private final class Cluster {
        private final Random random;
        private final Map<String, Condition> conditions = new LinkedHashMap<>();
        private final Map<String, Withdrawal> members = new HashMap<>();
        private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> Long.compare(a.nanos(), b.nanos()));
        private final Set<String> cutOff = new HashSet<>();
        private final Map<String, Long> soundAtNanos = new HashMap<>();
        private final Set<String> wereOut = new TreeSet<>();
        private int longestDelayMillis = 20;
        private int lostPercent;

        private record Event(long nanos, Happens happens) {}

        private interface Happens {
            void run() throws InterruptedException;
        }

        Cluster(long seed, int size) {
            random = new Random(seed);
            for (int i = 1; i <= size; i++) {
                start("n" + i);
            }
            conditions.keySet().forEach(name -> after(random.nextInt(500), () -> round(name)));
        }

        void start(String name) {
            conditions.put(name, Condition.SOUND);
            members.put(name, new Withdrawal(name, () -> Objects.requireNonNull(conditions.get(name)), time));
        }

        void become(Condition condition, String... names) {
            for (String name : names) {
                conditions.put(name, condition);
            }
        }

        List<String> out() {
            return conditions.keySet().stream()
                    .filter(name -> conditions.get(name) == Condition.DOUBTFUL
                            && Objects.requireNonNull(members.get(name)).isOut())
                    .toList();
        }

        private void after(int millis, Happens happens) {
            events.add(new Event(time.nanos() + Duration.ofMillis(millis).toNanos(), happens));
        }

        private void round(String name) {
            Withdrawal member = Objects.requireNonNull(members.get(name));
            Long asked = member.begin();
            if (asked == null) {
                after(500, () -> round(name));
                return;
            }
            Map<String, Withdraw.Answer> answers = new HashMap<>();
            for (String other : conditions.keySet()) {
                if (!other.equals(name) && arrives(name, other)) {
                    after(delay(), () -> {
                        Withdraw.Answer answer =
                                Objects.requireNonNull(members.get(other)).answer(new Withdraw(name));
                        if (arrives(other, name)) {
                            after(delay(), () -> answers.put(other, answer));
                        }
                    });
                }
            }
            after(answersTake(), () -> {
                // An answer that comes later is not waited for, and a process that was started anew knows of no round.
                if (members.get(name) == member) {
                    member.settle(asked, conditions.keySet(), Map.copyOf(answers));
                }
                after(500, () -> round(name));
            });
        }

        private boolean arrives(String from, String to) {
            return cutOff.contains(from) == cutOff.contains(to) && random.nextInt(100) >= lostPercent;
        }

        private int delay() {
            return random.nextInt(longestDelayMillis) + 1;
        }

        private int answersTake() {
            return Math.min(1000, 2 * longestDelayMillis + 1);
        }

        /** Lets time pass, and holds the promises after every event and in between. */
        void pass(Duration length) throws InterruptedException {
            long end = time.nanos() + length.toNanos();
            while (time.nanos() < end) {
                Event next = Objects.requireNonNull(events.peek());
                if (next.nanos() <= time.nanos()) {
                    events.remove().happens().run();
                } else {
                    long until = Math.min(Math.min(next.nanos(), end), time.nanos() + MOMENT_NANOS);
                    time.advance(Duration.ofNanos(until - time.nanos()));
                }
                check();
            }
        }

        /** The same, after which these and no others are out. */
        void passTo(Duration length, String... names) throws InterruptedException {
            pass(length);
            assertThat(out()).containsExactly(names);
        }

        private void check() {
            conditions.forEach((name, condition) -> {
                if (condition == Condition.SOUND) {
                    soundAtNanos.put(name, time.nanos());
                }
            });
            List<String> out = out();
            if (out.size() > 1) {
                throw new AssertionError("out at once: " + out);
            }
            wereOut.addAll(out);
            if (!out.isEmpty() && soundAtNanos.values().stream().noneMatch(at -> time.nanos() - at <= TERM_NANOS)) {
                throw new AssertionError(out + " is out, and none was sound within 3 s");
            }
        }
    }

    private Cluster settled(long seed, int size) throws InterruptedException {
        Cluster cluster = new Cluster(seed, size);
        cluster.pass(ClusterLimits.TURN_KEPT);
        return cluster;
    }

    /** Three members, of which that one is out as its zones may be wrong. */
    private Cluster withOneOut(long seed, String name) throws InterruptedException {
        Cluster cluster = settled(seed, 3);
        cluster.become(Condition.DOUBTFUL, name);
        cluster.passTo(Duration.ofSeconds(2), name);
        return cluster;
    }

    @Test
    void oneThatMayBeWrongLeavesTheQuestionsToTheOthersUntilThatHasPassed() throws Exception {
        Cluster cluster = withOneOut(1, "n2");
        cluster.passTo(Duration.ofMinutes(1), "n2");
        cluster.become(Condition.SOUND, "n2");
        cluster.passTo(Duration.ofSeconds(1));
        cluster.become(Condition.DOUBTFUL, "n3");
        cluster.passTo(Duration.ofSeconds(6), "n3");
    }

    @Test
    void aFaultOfAllTakesNobodyOut() throws Exception {
        for (int seed = 0; seed < 50; seed++) {
            Cluster cluster = settled(seed, 3);
            cluster.become(Condition.DOUBTFUL, "n1", "n2", "n3");
            cluster.pass(Duration.ofSeconds(15));
            assertThat(cluster.wereOut).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void aFaultThatReachesAllOneAfterTheOtherBringsTheFirstBack() throws Exception {
        Cluster cluster = withOneOut(2, "n3");
        cluster.become(Condition.DOUBTFUL, "n1");
        cluster.passTo(Duration.ofSeconds(5), "n3");
        cluster.become(Condition.DOUBTFUL, "n2");
        cluster.passTo(Duration.ofSeconds(3));
        cluster.passTo(Duration.ofSeconds(30));
    }

    @Test
    void twoAtOnceAgreeOnOne() throws Exception {
        for (int size : new int[] {3, 4, 5}) {
            for (int seed = 0; seed < 50; seed++) {
                Cluster cluster = settled(seed, size);
                cluster.become(Condition.DOUBTFUL, "n1", "n2");
                cluster.pass(Duration.ofSeconds(15));
                assertThat(cluster.out()).as("seed %d of %d", seed, size).hasSize(1);
                cluster.become(Condition.AWAY, cluster.out().getFirst());
                cluster.pass(Duration.ofSeconds(15));
                assertThat(cluster.out()).as("seed %d of %d", seed, size).hasSize(1);
            }
        }
    }

    @Test
    void oneWhoseOthersAreGoneComesBack() throws Exception {
        Cluster cluster = withOneOut(3, "n2");
        cluster.become(Condition.AWAY, "n1");
        cluster.passTo(Duration.ofSeconds(5), "n2");
        cluster.cutOff.add("n2");
        cluster.passTo(Duration.ofSeconds(3));
        cluster.cutOff.clear();
        cluster.passTo(Duration.ofSeconds(2), "n2");
        cluster.become(Condition.AWAY, "n3");
        cluster.passTo(Duration.ofSeconds(2));
    }

    @Test
    void neverAreTwoOutWhateverIsLostLateCutOffOrStartedAnew() throws Exception {
        int turns = 0;
        for (int seed = 0; seed < 60; seed++) {
            Cluster cluster = new Cluster(seed, 3 + seed % 3);
            cluster.longestDelayMillis = seed % 2 == 0 ? 30 : 900;
            cluster.lostPercent = seed % 4 < 2 ? 0 : 30;
            List<String> names = new ArrayList<>(cluster.conditions.keySet());
            for (int step = 0; step < 25; step++) {
                String name = names.get(cluster.random.nextInt(names.size()));
                switch (cluster.random.nextInt(6)) {
                    case 0, 1 -> cluster.become(Condition.DOUBTFUL, name);
                    case 2 -> cluster.become(Condition.SOUND, name);
                    case 3 -> cluster.become(Condition.AWAY, name);
                    case 4 -> cluster.start(name);
                    default -> {
                        if (!cluster.cutOff.remove(name)) {
                            cluster.cutOff.add(name);
                        }
                    }
                }
                cluster.pass(Duration.ofMillis(cluster.random.nextInt(4000)));
            }
            turns += cluster.wereOut.size();
        }
        assertThat(turns).as("members that were out").isGreaterThan(60);
    }
}
