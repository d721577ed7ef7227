package io.evenkeel.server.transport;

import io.evenkeel.server.query.DropReason;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in words how one event loop does with what the kernel holds for it: a line when that changes, none while it lasts. Loops
 * themselves never log.
 */
final class ReceiveLog {
    private static final Logger LOG = LoggerFactory.getLogger(ReceiveLog.class);
    /** A pause that is too long for the buffer is said once in an hour. */
    private static final long PAUSE_SAID_NANOS = 3_600_000_000_000L;

    private final int number;
    private final AnswerLoop loop;
    private final long timeoutNanos;

    // For the observing thread only.
    private boolean behind;
    private long behindSinceNanos;
    private long staleSeen;
    private long staleBefore;
    private long lostSeen;
    private long lostBefore;
    private long pauseSaidNanos = System.nanoTime() - PAUSE_SAID_NANOS;
    private int neededSaidBytes;
    private boolean faultSaid;

    ReceiveLog(int number, AnswerLoop loop, ReceiveSettings settings) {
        this.number = number;
        this.loop = loop;
        this.timeoutNanos = settings.clientTimeout().toNanos();
    }

    /** That it is behind, in words; empty if it is not. Any thread. */
    String behind() {
        ReceiveControl.State state = loop.receive.state();
        return state.behind()
                ? "DNS loop " + number + " is behind: a question waited " + seconds(state.worstNanos())
                        + " s where clients wait " + seconds(timeoutNanos) + " s"
                : "";
    }

    /** Logs what has changed. */
    void observe() {
        ReceiveControl.State state = loop.receive.state();
        if (state.behind() != behind) {
            behind = state.behind();
            if (behind) {
                fellBehind(state);
            } else {
                level(state);
            }
        }
        if (!behind) {
            // Of the look before this one: a loop drops the first ones before it says that it is behind.
            staleBefore = staleSeen;
            lostBefore = lostSeen;
            staleSeen = loop.counters.drops(DropReason.STALE);
            lostSeen = loop.counters.lost();
        }
        pauses(state);
        caps(state);
        RuntimeException fault = loop.receive.fault();
        if (fault != null && !faultSaid) {
            faultSaid = true;
            LOG.error("A fault of this program in the timer of DNS loop {}", number, fault);
        }
    }

    private void fellBehind(ReceiveControl.State state) {
        behindSinceNanos = System.nanoTime();
        LOG.warn(
                "DNS loop {} fell behind: a question waited {} s where clients wait {} s (dns.client-timeout). Until it is"
                        + " level it drops the oldest questions and keeps its receive buffer short, now {} questions; it needs"
                        + " more processor, or fewer questions",
                number,
                seconds(state.worstNanos()),
                seconds(timeoutNanos),
                state.packets());
    }

    private void level(ReceiveControl.State state) {
        LOG.info(
                "DNS loop {} is level again after {} s: {} questions were dropped as too old, the kernel had no room for {};"
                        + " the receive buffer is {} questions",
                number,
                seconds(System.nanoTime() - behindSinceNanos),
                loop.counters.drops(DropReason.STALE) - staleBefore,
                loop.slots == null ? "nobody knows how many" : loop.counters.lost() - lostBefore,
                state.packets());
    }

    /** The bounds of the buffer cross: the upper one has won, and bursts are lost. */
    private void pauses(ReceiveControl.State state) {
        long now = System.nanoTime();
        // One long pause is remembered for minutes, and the rate about the bound goes up and down.
        if (state.pausePackets() > state.mostPackets() && now - pauseSaidNanos > PAUSE_SAID_NANOS) {
            pauseSaidNanos = now;
            LOG.warn(
                    "DNS loop {} pauses for up to {} s, in which {} questions come, and its receive buffer may hold {} at most;"
                            + " the rest of such a burst is lost. Give this node a steadier processor or more dns.loops; a"
                            + " larger dns.degraded-share allows a longer queue",
                    number,
                    seconds(state.pauseNanos()),
                    state.pausePackets(),
                    state.mostPackets());
        }
    }

    private void caps(ReceiveControl.State state) {
        // Each loop meets the same limit of the machine. What is needed is known better after the warm-up.
        if (state.capped() && number == 0 && state.neededBytes() > neededSaidBytes + neededSaidBytes / 8) {
            neededSaidBytes = state.neededBytes();
            LOG.warn(
                    "net.core.rmem_max of this host caps the receive buffers: {} questions fit where {} are to. Set it with"
                            + " 'sysctl -w net.core.rmem_max={}' on the host; no option of a container does it",
                    state.packets(),
                    state.mostPackets(),
                    state.neededBytes());
        }
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f", nanos / 1e9);
    }
}
