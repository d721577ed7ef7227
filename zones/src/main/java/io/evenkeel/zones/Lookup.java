package io.evenkeel.zones;

import org.jspecify.annotations.Nullable;

/** What lies at and above a name. Scratch, reused: one per worker. */
final class Lookup {
    enum Kind {
        /** The name exists; the node is its own. */
        NAME,
        /** It exists only as part of other names: NODATA for every type (RFC 4592 §2.2.2). */
        EMPTY_NON_TERMINAL,
        /** A zone cut or DNAME at or above it, the topmost; the node is that one's, {@code depth} its labels. */
        CUT,
        /** It does not exist; the node is the source of synthesis, if there is one. */
        NO_NAME,
        /** It does not exist, and the source of synthesis is an empty non-terminal: NODATA (RFC 4592 §4.9). */
        EMPTY_SOURCE
    }

    Kind kind = Kind.NO_NAME;
    /** Labels below the apex of the closest encloser, or of the cut. */
    int depth;
    /** The node in question, {@code array[from, to)}; null if there is none. Not to be written to. */
    byte @Nullable [] array;

    int from;
    int to;

    final Key other = new Key();
}
