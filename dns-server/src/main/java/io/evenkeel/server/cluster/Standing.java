package io.evenkeel.server.cluster;

/** The place of a node in a cluster. Only its leader knows it. A frame carries its name. */
enum Standing {
    /** Who answers does not lead, or not yet, or the members are just being changed. */
    UNKNOWN,
    MEMBER,
    /** No member, as the one that it is; it is let in when it asks. */
    MAY_JOIN,
    /** No member, and nobody has said that it may be one. */
    NOT_ADMITTED,
    /** It was a member; it has been taken out, or a later incarnation has its place. That is committed. */
    OUT
}
