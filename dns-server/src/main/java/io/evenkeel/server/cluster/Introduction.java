package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.server.peer.Build;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer of this node to a {@link Hello}, and the incarnations of others that it has met: an incarnation that a node has
 * forgotten must not be its next. Any thread.
 */
final class Introduction {
    private static final Logger LOG = LoggerFactory.getLogger(Introduction.class);

    private final ControlSettings settings;
    private final AddressBook addresses;
    private final Map<String, Integer> met = new ConcurrentHashMap<>();
    /** Listed members that have come with another cluster's data, each told once. */
    private final Set<String> strangers = ConcurrentHashMap.newKeySet();

    Introduction(ControlSettings settings, AddressBook addresses) {
        this.settings = settings;
        this.addresses = addresses;
    }

    /**
     * @param self null: the disk is empty
     * @param status null: no replica runs, or its group has taken this node out, so that it knows old members only
     * @param permit of the asking node; null: none is known
     * @param standing of the asking node
     */
    HelloAnswer answer(
            Hello hello,
            @Nullable NodeIdentity self,
            @Nullable ReplicaStatus status,
            @Nullable Permit permit,
            Standing standing) {
        if (hello.incarnation() > 0 && addresses.knows(hello.node())) {
            met.merge(hello.node(), hello.incarnation(), Math::max);
        }
        warnOfStranger(hello, self);
        List<Member> members = status == null ? List.of() : status.members();
        int known = Math.max(met.getOrDefault(hello.node(), 0), permit == null ? 0 : permit.incarnation());
        int present = members.stream()
                .filter(member -> member.name().equals(hello.node()))
                .mapToInt(Member::incarnation)
                .max()
                .orElse(0);
        return new HelloAnswer(
                settings.clusterName(),
                self == null ? null : self.clusterId(),
                settings.self().name(),
                self == null ? 0 : self.incarnation(),
                Build.of(settings.version()),
                settings.first(),
                status == null ? null : status.leader(),
                members,
                Math.max(known, present),
                standing);
    }

    private void warnOfStranger(Hello hello, @Nullable NodeIdentity self) {
        UUID theirs = hello.clusterId();
        if (self != null
                && theirs != null
                && !theirs.equals(self.clusterId())
                && settings.other(hello.node()).isPresent()
                && strangers.add(hello.node())) {
            LOG.warn(
                    "{} comes with the data of cluster {}, this is cluster {}: it is not let in. Stop it and delete its data"
                            + " folder, then it joins anew",
                    hello.node(),
                    theirs,
                    self.clusterId());
        }
    }
}
