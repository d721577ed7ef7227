package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Devices: each asks one node again and again, and counts what was not answered rightly. They stay below what a node grants one client
 * however busy it is, and ask again after a second, as devices do.
 */
final class Askers implements AutoCloseable {
    private static final Name NAME = Name.fromConstantString("connect.callhome.example.");

    /** At most 100 questions a second, half of what a client may ask. */
    private static final Duration PACE = Duration.ofMillis(10);

    /** Of all questions: on a machine that stands still for a second, a node leaves unanswered what its clients do not wait for any more. */
    private static final double MOST_AGAIN = 0.01;

    private final Workers workers = new Workers();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong again = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong wrong = new AtomicLong();
    private final AtomicLong slowestNanos = new AtomicLong();

    Askers(List<ClusterFile.Node> nodes) {
        for (ClusterFile.Node node : nodes) {
            workers.start(Thread.ofPlatform().daemon(), () -> ask(node));
        }
    }

    private void ask(ClusterFile.Node node) {
        long begin = System.nanoTime();
        Optional<Message> answer = LocalCluster.ask(node, NAME, Type.A);
        long took = System.nanoTime() - begin;
        slowestNanos.accumulateAndGet(took, Math::max);
        boolean right = answer.filter(message -> message.getRcode() == Rcode.NOERROR
                        && message.getHeader().getFlag(Flags.AA)
                        && message.getSection(Section.ANSWER).size() == 3)
                .isPresent();
        (right ? answered : failed).incrementAndGet();
        if (right && took > LocalCluster.TRY.toNanos()) {
            again.incrementAndGet();
        }
        if (!right && answer.isPresent()) {
            wrong.incrementAndGet();
        }
        pace();
    }

    /** As long as a device of this kind waits at least between two questions. */
    static void pace() {
        LockSupport.parkNanos(PACE.toNanos());
    }

    /** Every question had its right answer, and nearly each at the first try. */
    void assertAllAnswered() {
        assertThat(failed).as("questions in vain, of %d", answered.get()).hasValue(0);
        assertThat(answered).hasPositiveValue();
        assertThat(again.get())
                .as("questions that were asked again, of %d", answered.get())
                .isLessThanOrEqualTo(Math.max(5, (long) (MOST_AGAIN * answered.get())));
    }

    long answered() {
        return answered.get();
    }

    long failed() {
        return failed.get();
    }

    /** Of those that failed, how many were answered, but with something else than the truth. */
    long wrong() {
        return wrong.get();
    }

    Duration slowest() {
        return Duration.ofNanos(slowestNanos.get());
    }

    @Override
    public void close() {
        workers.close();
    }
}
