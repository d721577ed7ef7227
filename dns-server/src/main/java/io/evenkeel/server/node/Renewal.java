package io.evenkeel.server.node;

import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.server.peer.PeerGates;
import io.evenkeel.server.transport.LoopEndedException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/*
 * What has a thread hang here may reach all members: a question that is asked of each, a fault of this program. So a node ends
 * only while another one says that it answers, and a node that has such a fault itself, or a sign of one, does not say so
 * (LoopWatch.isSound). Two that hang at once do not both end either. If B has said so to A, B's loops have hung for less than a
 * second then, and B finds that they hang four seconds later at the soonest. By then A has ended, or says of itself that nobody
 * may rely on it, and B stays. Nodes that all hang stay, all of them, with what each still has: an operator has to look.
 */

/** Ends a node that has to be started anew to be whole, as long as another member answers meanwhile. One thread. */
public final class Renewal {
    private final Supplier<List<String>> faults;
    private final Gate.Others others;
    private final Consumer<Throwable> end;
    private final QuietLog log = new QuietLog(LoggerFactory.getLogger(Renewal.class));

    /**
     * @param faults what only another process of this node mends, a line for people each; empty if there is nothing
     * @param others asked if there is something; see {@link io.evenkeel.server.peer.AskGate}
     * @param end told why the process should end
     */
    public Renewal(Supplier<List<String>> faults, Gate.Others others, Consumer<Throwable> end) {
        this.faults = faults;
        this.others = others;
        this.end = end;
    }

    /** Looks, and decides; about every second. Blocks as long as the others may take to answer. */
    public void look() throws InterruptedException {
        List<String> present = faults.get();
        if (present.isEmpty()) {
            return;
        }
        String why = String.join("; ", present);
        PeerGates gates = others.ask();
        if (gates.open().isEmpty()) {
            log.error(why + ". No other member is known to answer soundly ("
                    + (gates.others().isEmpty() ? "this node is the only member" : String.join("; ", gates.others()))
                    + "): this node goes on with what it has left");
        } else if (faults.get().containsAll(present)) {
            end.accept(new LoopEndedException(why + ". Meanwhile these answer: " + String.join(", ", gates.open())));
        }
    }
}
