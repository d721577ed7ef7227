package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerLimits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The questions of a node to others about the members; a method a question. Each blocks within its limit; any thread. */
final class MemberQuestions {
    private final ControlSettings settings;
    private final PeerClient peers;

    MemberQuestions(ControlSettings settings, PeerClient peers) {
        this.settings = settings;
        this.peers = peers;
    }

    /**
     * Asks one node who it is.
     *
     * @param self as which this node asks; null: it belongs to no cluster yet
     * @return empty if it does not answer in time, or does not know yet
     */
    Optional<HelloAnswer> hello(String name, @Nullable NodeIdentity self) throws InterruptedException {
        return answer(peers.call(name, asking(self), PeerLimits.HELLO_ANSWER));
    }

    /** Asks all of these at once. The answers are in the order of the names, without those that {@link #hello} lacks. */
    Map<String, HelloAnswer> helloAll(Set<String> names, @Nullable NodeIdentity self) throws InterruptedException {
        Map<String, HelloAnswer> answers = new LinkedHashMap<>();
        peers.callAll(names, asking(self), PeerLimits.HELLO_ANSWER)
                .forEach((name, outcome) -> answer(outcome).ifPresent(answer -> answers.put(name, answer)));
        return answers;
    }

    private Hello asking(@Nullable NodeIdentity self) {
        return Hello.of(settings, self);
    }

    private static Optional<HelloAnswer> answer(Outcome<HelloAnswer> outcome) {
        return outcome instanceof Outcome.Done<HelloAnswer>(HelloAnswer answer)
                ? Optional.of(answer)
                : Optional.empty();
    }

    /**
     * Asks a leader to take this node into its group.
     *
     * @return not done, or unknown, if it could not be asked or gave no answer: asking again does no harm
     */
    Outcome<Nothing> join(String leader, UUID clusterId, Member self) throws InterruptedException {
        return peers.call(
                leader,
                new Join(clusterId, self, Build.of(settings.version()), settings.memory()),
                ClusterLimits.JOIN_ANSWER);
    }
}
