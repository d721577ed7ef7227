package io.evenkeel.consensus;

import io.evenkeel.consensus.identity.Member;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the leader knows of the others.
 *
 * @param settled whether the members as this node has them are committed, and no change of them is under way
 * @param followers the other members, and one that is being let in
 */
public record LeaderView(boolean settled, List<Follower> followers) {
    public LeaderView {
        followers = List.copyOf(followers);
    }

    /**
     * @param peerId as {@link Member#peerId}
     * @param matchIndex the highest entry that it is known to have on disk; -1 if unknown
     * @param sinceHeard since its last answer
     */
    public record Follower(String peerId, long matchIndex, Duration sinceHeard) {}

    /** What is known of that one. */
    public Optional<Follower> follower(String peerId) {
        return followers.stream()
                .filter(follower -> follower.peerId().equals(peerId))
                .findFirst();
    }
}
