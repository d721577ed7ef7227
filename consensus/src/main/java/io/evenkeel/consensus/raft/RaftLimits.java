package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.zones.ZoneLimits;
import java.time.Duration;

/** Bounds on the replica and its server, each with its reason. */
final class RaftLimits {
    /** Largest encoded command: a quarter of what Ratis takes, because above that the leader steps down. */
    static final int MAX_COMMAND_BYTES = ZoneLimits.MAX_COMMAND_BYTES;

    /** Proposals waiting for their commit; above it {@link ProposalOutcome.Overloaded}. One zone has one in flight. */
    static final int MAX_WAITING_PROPOSALS = 1024;

    /** Bytes of the proposals waiting for their commit. */
    static final int MAX_WAITING_BYTES = 16 << 20;

    /** How long a Raft server may take to close. RATIS-2719: its log can lock itself up while closing, for ever. */
    static final Duration CLOSE_DEADLINE = Duration.ofSeconds(15);

    /** How often the end of a closing is looked for. */
    static final Duration CLOSE_POLL = Duration.ofMillis(10);

    /** How long leadership is offered to another member before this one closes. */
    static final Duration HAND_OVER_DEADLINE = Duration.ofSeconds(5);

    /** How often the end of a hand-over is looked for. */
    static final Duration HAND_OVER_POLL = Duration.ofMillis(20);

    /** Ratis ends an attempt itself when its time is over, and is waited for so much longer. */
    static final Duration REPLY_SLACK = Duration.ofSeconds(1);

    /** How long founding may take: an election of one, one fsync. */
    static final Duration FOUNDING_DEADLINE = Duration.ofSeconds(30);

    /** Pause between attempts of one linearizable read: short beside an election. */
    static final Duration READ_RETRY = Duration.ofMillis(50);

    /** Longest single attempt of a linearizable read: one that waits for a dead leader must not use up the deadline. */
    static final Duration READ_ATTEMPT = Duration.ofSeconds(3);

    /** How often an entry may fail to apply before the server is no longer rebuilt: it would fail for ever. */
    static final int APPLY_ATTEMPTS = 3;

    /** How long Ratis may take to take over a snapshot that lies ready: it does so between two entries. */
    static final Duration SNAPSHOT_REQUEST = Duration.ofSeconds(60);

    /** After a failed snapshot none is tried for this long: what made it fail seldom goes away by itself. */
    static final Duration SNAPSHOT_BACKOFF = Duration.ofSeconds(60);

    /** A rebuilt server that has lived so long was a success: the next rebuild waits the shortest time again. */
    static final Duration HEALTHY_AFTER = Duration.ofMinutes(5);

    /** Snapshots kept. Not one: it could vanish while it is being sent. */
    static final int SNAPSHOTS_KEPT = 2;

    /** TLS handshakes under way at the Raft port: a cluster that starts needs a few for each member. */
    static final int RAFT_HANDSHAKES = 256;

    /** The same from one address: on one machine all members may share it. */
    static final int RAFT_HANDSHAKES_OF_ONE = 64;

    /** Octets of a snapshot that a member is handed at once: half of what a frame between nodes may have. */
    static final int SNAPSHOT_PART_BYTES = 1 << 20;

    /** How long a member waits for the end of another one's log to be committed, before it writes a snapshot for that. */
    static final Duration HEAL_COMMIT = Duration.ofSeconds(10);

    /** How long the log of a node that heals may take to come to where the snapshot reaches: it is sent that at the same time. */
    static final Duration HEAL_CATCH_UP = Duration.ofSeconds(60);

    private RaftLimits() {}
}
