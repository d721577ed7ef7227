package io.evenkeel.zones.build;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/** A master file while it is read: what one entry leaves for the next. */
final class Source {
    /** Among the files of one zone, in the order of their opening. */
    final int number;

    final String name;

    /** What relative {@code $INCLUDE}s are relative to; null if it is no file. */
    final @Nullable Path directory;

    /** How many {@code $INCLUDE}s it is within. */
    final int depth;

    @Nullable
    Name origin;

    @Nullable
    Name owner;

    /** The last owner name could not be read: entries without one are judged and left out. */
    boolean ownerLost;

    /** By {@code $TTL}; -1: none. */
    long defaultTtl = -1;

    /** The last one given; -1: none. */
    long lastTtl = -1;

    Source(int number, String name, @Nullable Path directory, int depth, @Nullable Name origin) {
        this.number = number;
        this.name = name;
        this.directory = directory;
        this.depth = depth;
        this.origin = origin;
    }
}
