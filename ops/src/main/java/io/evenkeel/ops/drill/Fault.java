package io.evenkeel.ops.drill;

import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.verb.Durations;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that is done to nodes.
 *
 * @param at from the start of the run
 * @param target a name, or one of the words below
 * @param length until it is undone; zero: not before the end, or, of a restart, at once
 * @param share that a slowed node is left with, or of messages that come through
 * @param count of slow connections; of noise, of each kind a second; 0 of other faults
 * @param by how far a clock jumps, negative: back; zero of other faults
 */
record Fault(Duration at, Kind kind, String target, Duration length, double share, int count, Duration by) {
    static final String LEADER = "leader";
    static final String FOLLOWER = "follower";
    static final String ALL = "all";
    /** All but a follower; where nobody leads, all but the last. */
    static final String ALL_BUT_ONE = "all-but-one";

    /** What is done. */
    enum Kind {
        /** SIGKILL; undone by a start. */
        KILL("killed", "started again"),
        /** SIGKILL, and all that the node has written is deleted; undone by a start. */
        WIPE("killed and wiped", "started again, empty"),
        /** SIGSTOP; undone by SIGCONT. */
        STOP("stopped", "goes on"),
        /** SIGTERM, then a start. */
        RESTART("told to end", "started again"),
        /** A share of what its threads that answer devices have of a processor. */
        SLOW("slowed", "as fast as before"),
        /** Somebody else takes all that is left of the disk with its data, and what the node gives back. */
        DISK_FULL("has a full disk", "has room on its disk again"),
        /** What it writes and waits for takes seconds. */
        SLOW_DISK("has a slow disk", "has a fast disk again"),
        /** A bad version of the zone is pushed through the node, by force once that was refused; undone by a roll-back. */
        PUSH("takes a bad push", "rolls the bad push back"),
        /** Datagrams between devices and the node are lost by chance, each way; a share comes through. */
        LOSS("loses messages", "loses no messages any more"),
        /** It and the other nodes hear nothing of each other; devices reach it. */
        PARTITION("is cut off", "is no longer cut off"),
        /** The other nodes hear nothing of it, and it hears them; devices reach it. */
        MUTE("is mute", "is no longer mute"),
        /** Thousands of connections from a hundred addresses send it messages octet by octet, and are opened again when it has closed them. */
        TCP("has slow connections", "has no slow connections any more"),
        /** Strangers, broken clients and wrong keys at all its ports, so that it has a line of its log to write of each. */
        NOISE("hears noise", "hears no noise any more"),
        /** Its wall clock jumps, and elapsed time stays true. */
        CLOCK("has a wrong clock", "has the right clock again");

        private final String done;
        private final String undone;

        Kind(String done, String undone) {
            this.done = done;
            this.undone = undone;
        }

        /** Whether it ends processes, which are started when it is undone. */
        boolean endsProcess() {
            return this == KILL || this == WIPE || this == RESTART;
        }

        /** The thing that each node must have of its own for it; empty: none. */
        Optional<OwnCluster.Own> breaks() {
            return switch (this) {
                case DISK_FULL -> Optional.of(OwnCluster.Own.SMALL_DISK);
                case SLOW_DISK -> Optional.of(OwnCluster.Own.SLOW_DISK);
                case PARTITION, MUTE -> Optional.of(OwnCluster.Own.NETWORK);
                case CLOCK -> Optional.of(OwnCluster.Own.CLOCK);
                case KILL, WIPE, STOP, RESTART, SLOW, PUSH, LOSS, TCP, NOISE -> Optional.empty();
            };
        }

        /** Whether it cuts nodes from each other. */
        boolean isCut() {
            return this == PARTITION || this == MUTE;
        }

        String done() {
            return done;
        }

        String undone() {
            return undone;
        }

        /** As a scenario names it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** When it is undone, in seconds from the start of the run; when it begins if that is not known before. */
    double end() {
        return at.plus(length).toMillis() / 1e3;
    }

    /** In seconds from the start of the run. */
    double begin() {
        return at.toMillis() / 1e3;
    }

    @Override
    public String toString() {
        return "%s of %s at %s".formatted(kind, target, Durations.text(at));
    }
}
