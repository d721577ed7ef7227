package io.evenkeel.server.cluster;

import io.evenkeel.server.change.ChangeLimits;
import java.time.Duration;

/** Every bound on how nodes become and stay a cluster, with its reason. */
final class ClusterLimits {
    /** Pause between two rounds of asking all members while a cluster forms. */
    static final Duration HELLO_ROUND = Duration.ofMillis(500);

    /** The same once this node is a member: only to find out that it is in the wrong place. */
    static final Duration HELLO_QUIET = Duration.ofSeconds(5);

    /**
     * One change of the member list, in which a joining member is sent all there is: 42 MB take six minutes on a long line that loses
     * packets. It ends sooner, 30 s after a sign of that member, or with the leadership of this node.
     */
    static final Duration MEMBER_CHANGE = Duration.ofMinutes(15);

    /** A joining node asks again after that; longer than two member changes, old out and new in, of which none takes its time. */
    static final Duration JOIN_ANSWER = Duration.ofSeconds(90);

    /** How long a step of this node's own way may take: one that asks to be let in waits for the answer, one that comes back builds a replica. */
    static final Duration STEP = JOIN_ANSWER.multipliedBy(2);

    /** One step of a change of the members by command, and how long a leader is looked for. */
    static final Duration MANAGE = Duration.ofSeconds(15);

    /** Steps of one change: twice those of the longest, a next incarnation, so that a permit may be changed meanwhile. */
    static final int CHANGE_STEPS = 10;
    /** Such a change in all: the record and the member list. */
    static final Duration MANAGE_OUTCOME = MANAGE.multipliedBy(2);

    /** Setting the limits on clients, which is one entry. */
    static final Duration SET_LIMITS = Duration.ofSeconds(15);

    /** How long a leader is looked for to set them: an election, and no longer, since an operator in need has another way. */
    static final Duration SET_LIMITS_LEADER = Duration.ofSeconds(5);

    /** A member that the leader has heard so lately is reached: ten heartbeats. */
    static final Duration REACHED = Duration.ofSeconds(2);

    /** Entries that the next leader may be behind: what is replicated in a moment. */
    static final long HAND_OVER_LAG = 1_000;

    /** Every write waits for a majority, so that more members make it slower and no safer. */
    static final int MEMBERS = 9;

    /** How a node sees itself, asked of each for one report. */
    static final Duration LOOK_ANSWER = Duration.ofSeconds(2);

    /** Nodes whose word about their memory is kept although they are no members: as many may be about to come. */
    static final int TOLD_MEMORIES = 64;

    /** Characters of their names: more than the name of a node may have. */
    static final int TOLD_NAME = 255;

    /** How often a member compares itself with the others. */
    static final Duration COMPARE = Duration.ofSeconds(2);

    /** How long a look at the others may take, if it ends in fetching a snapshot: a gigabyte at 1 MB/s. */
    static final Duration HEAL = Duration.ofMinutes(20);

    /** Wait after a first healing, should it not have helped: a tick, the comparison by the next one, and as long again. */
    static final Duration HEAL_WAIT_FIRST = ChangeLimits.tick().multipliedBy(3);

    /** The longest of such waits, which double. */
    static final Duration HEAL_WAIT_LAST = Duration.ofMinutes(30);

    /** Without a healing for so long the waits begin with the first again. */
    static final Duration HEAL_QUIET = Duration.ofHours(1);

    /** How long a member may take to write a snapshot for another one; it gives up by itself after a minute. */
    static final Duration SNAPSHOT_WRITTEN = Duration.ofSeconds(70);

    /** How long it may take to hand out a part. */
    static final Duration SNAPSHOT_PART = Duration.ofSeconds(10);

    /** A member that is out of service as its zones may be wrong comes back if it has not heard a sound one for so long. */
    static final Duration TURN = Duration.ofSeconds(3);

    /** Others let no second member go meanwhile: longer, by more than what clocks differ. */
    static final Duration TURN_KEPT = Duration.ofSeconds(4);

    /** Pause between two rounds of asking for it: with the next, one that is lost or slow does not end a turn. */
    static final Duration TURN_ROUND = Duration.ofMillis(500);

    /** How long the others may take to answer that. */
    static final Duration TURN_ANSWER = Duration.ofSeconds(1);

    private ClusterLimits() {}
}
