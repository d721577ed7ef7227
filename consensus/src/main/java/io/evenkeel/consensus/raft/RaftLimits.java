package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.zones.ZoneLimits;
import java.time.Duration;

/** Bounds on the replica and its server, each with its reason. */
final class RaftLimits {
    /** Largest encoded command: half of what Ratis takes, because above that the leader steps down. */
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

    /**
     * How long a look at the server may take: one that is broken is closed within its own deadline, and another reads the
     * snapshot, which a disk that works gives at 20 MB/s at least, a gigabyte in 50 s.
     */
    static final Duration LOOK = Duration.ofSeconds(90);

    /** How long a look for whether a snapshot is due may take, if one is written then: a gigabyte at 1 MB/s, since it gives way. */
    static final Duration SNAPSHOT_LOOK = Duration.ofMinutes(20);

    /** Snapshots kept. Not one: it could vanish while it is being sent. */
    static final int SNAPSHOTS_KEPT = 2;

    /** Octets of a snapshot that a healing member is handed at once: two seconds on a long line that loses packets. */
    static final int SNAPSHOT_PART_BYTES = 256 << 10;

    /** Octets of a snapshot that the leader sends at once: as many, so that a member hears of it all the time. */
    static final int SNAPSHOT_CHUNK_BYTES = 256 << 10;

    /** Such chunks that may be without an answer: more than is under way on a line of 10 Mbit/s and 150 ms. */
    static final int SNAPSHOT_CHUNKS_SENT = 4;

    /**
     * Within which the member has answered these, or the leader begins with the snapshot anew: a long line that loses packets needs
     * eight seconds. To a member that has fallen silent meanwhile nothing is sent for so long.
     */
    static final Duration SNAPSHOT_CHUNKS_ANSWERED = Duration.ofSeconds(32);

    /** How long a member waits for the end of another one's log to be committed, before it writes a snapshot for that. */
    static final Duration HEAL_COMMIT = Duration.ofSeconds(10);

    /** How long the log of a node that heals may take to come to where the snapshot reaches: it is sent that at the same time. */
    static final Duration HEAL_CATCH_UP = Duration.ofSeconds(60);

    /** A member that has answered so lately is reached where it is: four heartbeats. */
    static final Duration HEARD = Duration.ofSeconds(2);

    private RaftLimits() {}
}
