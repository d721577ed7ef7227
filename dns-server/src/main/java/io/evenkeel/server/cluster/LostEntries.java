package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Evidence;
import io.evenkeel.consensus.LeaderView.Follower;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import java.util.List;
import java.util.Objects;

/*
 * A leader remembers, for as long as it leads, up to which entry each follower has confirmed its log, and Ratis offers a follower
 * nothing below that again. So a follower whose disk was put back to an older copy meanwhile, or has lost the end of its log in
 * another way, refuses what it is sent, and stays behind for as long as that leader leads. It has forgotten votes and confirmed
 * entries, too: where another member lacks these as well, both could elect a leader without them.
 */

/** Whether a node's log ends before what it has confirmed to the leader. Pure but for what it is handed. */
final class LostEntries {
    private LostEntries() {}

    /** {@link #proof(List, LookAnswer, Evidence, ReplicaStatus)} by what a replica says now, which is later than the others' word. */
    static String proof(List<LookAnswer> heard, LookAnswer self, Replica replica) {
        Evidence own = replica.repair().evidence();
        return proof(heard, self, own, replica.status());
    }

    /**
     * Why the log of this node cannot be what it has written, for people; empty if it can. While a leader leads, nothing that was
     * confirmed to it is ever cut off a log.
     *
     * @param heard how other nodes see themselves
     * @param self the same of this node
     * @param own what its log holds; found out after the others have answered
     * @param now the status of its replica; found out after that
     */
    static String proof(List<LookAnswer> heard, LookAnswer self, Evidence own, ReplicaStatus now) {
        // What was put back may not know yet that the node was let in: then it has no role.
        if (now.role() == ReplicaStatus.Role.LEADER || own.committedTerm() < 0 || own.lastIndex() < 0) {
            return ""; // its log is closed, or holds nothing but a snapshot
        }
        String peerId = self.node() + "-" + self.incarnation();
        long held = Math.max(own.lastIndex(), now.appliedIndex());
        for (LookAnswer leader : heard) {
            if (leader.role() != ReplicaStatus.Role.LEADER
                    || leader.term() != now.term()
                    || !Objects.equals(leader.clusterId(), self.clusterId())) {
                continue;
            }
            for (Follower follower : leader.followers()) {
                if (follower.peerId().equals(peerId) && follower.matchIndex() > held) {
                    return "the log ends with entry " + held + ", and this node has confirmed entries up to "
                            + follower.matchIndex() + " to " + leader.node()
                            + ": its data was put back to an older copy, or the disk has lost what was written";
                }
            }
        }
        return "";
    }
}
