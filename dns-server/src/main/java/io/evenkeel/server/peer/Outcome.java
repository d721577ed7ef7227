package io.evenkeel.server.peer;

import io.evenkeel.zones.state.ChangeOutcome.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a request from one node to another, or from a client to the cluster. It stays one value from the writer on
 * the leader to the admin API; {@link PeerCodec} carries it between nodes.
 *
 * @param <A> the answer if it was done
 */
public sealed interface Outcome<A> {
    /** Done, or already so. */
    record Done<A>(A answer) implements Outcome<A> {}

    /** Nothing was done and asking again will not help; of a change: nothing of it will ever be visible. */
    record Refused<A>(Reason reason, List<String> problems) implements Outcome<A> {
        public Refused {
            problems = List.copyOf(problems);
        }

        /** It cannot be so, for that one reason. */
        public Refused(String why) {
            this(Reason.INVALID, List.of(why));
        }

        /** One line for people. */
        public String why() {
            return problems.isEmpty() ? reason.toString() : problems.getFirst();
        }
    }

    /** Nothing was done, and nothing of it will become visible; ask again later. */
    record NotDone<A>(String why) implements Outcome<A> {}

    /**
     * Nothing was done: only a leader does that, and the node that was asked does not lead, or not yet.
     *
     * @param leader who leads, as far as that node knows
     */
    record NotLeader<A>(@Nullable String leader) implements Outcome<A> {}

    /**
     * It may have been done, or may yet be; asking again under the same id, where it has one, finds out.
     *
     * @param underway whether the node that was asked is at it still, and will know the outcome in a while
     */
    record Unknown<A>(String why, boolean underway) implements Outcome<A> {
        /** Nobody is known to be at it. */
        public Unknown(String why) {
            this(why, false);
        }
    }

    /** The answer of what has none. */
    record Nothing() {}

    /** Done, with no more to say. */
    static Outcome<Nothing> done() {
        return new Done<>(new Nothing());
    }
}
