package io.evenkeel.bench.faults;

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

/** Devices: each asks one node again and again, and counts what was not answered rightly at the first try. */
final class Askers implements AutoCloseable {
    private static final Name NAME = Name.fromConstantString("connect.callhome.example.");

    /** Where no process lives, no answer comes back at once, and that again and again. */
    private static final Duration PACE = Duration.ofMillis(5);

    private final Workers workers = new Workers();
    private final AtomicLong answered = new AtomicLong();
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
        Optional<Message> answer = LocalCluster.ask(node, NAME, Type.A, LocalCluster.PATIENCE);
        long took = System.nanoTime() - begin;
        slowestNanos.accumulateAndGet(took, Math::max);
        boolean right = answer.filter(message -> message.getRcode() == Rcode.NOERROR
                        && message.getHeader().getFlag(Flags.AA)
                        && message.getSection(Section.ANSWER).size() == 3)
                .isPresent();
        (right ? answered : failed).incrementAndGet();
        if (!right && answer.isPresent()) {
            wrong.incrementAndGet();
        }
        if (answer.isEmpty()) {
            LockSupport.parkNanos(PACE.toNanos());
        }
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
