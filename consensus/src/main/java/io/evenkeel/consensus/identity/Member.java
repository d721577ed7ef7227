package io.evenkeel.consensus.identity;

/**
 * One member of the group.
 *
 * @param name the node's name, 1 to 63 letters, digits and hyphens
 * @param incarnation which life of that name: a node that lost its disk comes back under a new one, since it no longer
 *     knows what it voted and acknowledged
 * @param raftAddress {@code host:port}, an IP literal or a host name
 * @param peerAddress the same for what nodes say to each other besides Raft, kept with the group so that every member knows
 *     how to reach every other; empty if the group does not know it
 */
public record Member(String name, int incarnation, String raftAddress, String peerAddress) {
    /** A member whose peer address the group does not know. */
    public Member(String name, int incarnation, String raftAddress) {
        this(name, incarnation, raftAddress, "");
    }

    /** The Raft peer id. */
    public String peerId() {
        return name + "-" + incarnation;
    }
}
