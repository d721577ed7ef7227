package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.NodeIdentity;
import java.util.UUID;

/** The next step of a node for its own place in the cluster, by {@link NodeRules}. */
sealed interface NodeStep {
    /** Ask all others who they are. */
    record Ask() implements NodeStep {}

    /** Make a cluster, since nobody has one. */
    record Found() implements NodeStep {}

    /** Become that incarnation of a cluster that is there; with a replica that is damaged, instead of who it was. */
    record Join(UUID clusterId, int incarnation) implements NodeStep {}

    /** Go on as what the disk says. */
    record Resume(NodeIdentity identity) implements NodeStep {}

    /** Say why, and look again after a moment. */
    record Wait(String reason) implements NodeStep {}

    /** Ask that node, which is said to lead, to let this one in. */
    record AskToBeLetIn(String leader) implements NodeStep {}

    /** Say why, and ask again after a while: a person has to do something first. */
    record Refused(String reason) implements NodeStep {}

    /** Be a member; {@code trouble} says what is wrong with that, and is empty if nothing is. */
    record Stay(String trouble) implements NodeStep {}

    /** Ask nobody for the present. */
    record Rest() implements NodeStep {}

    /** Take part no more: the cluster has taken this node out. */
    record Retire(String reason) implements NodeStep {}

    /** End: this node and the others do not belong together. */
    record End(String reason) implements NodeStep {}
}
