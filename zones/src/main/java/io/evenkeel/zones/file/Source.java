package io.evenkeel.zones.file;

import java.nio.file.Path;
import java.util.Arrays;
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

    private @Nullable Name origin;
    private byte @Nullable [] originWire;
    private byte @Nullable [] owner;

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
        setOrigin(origin);
    }

    /** In wire form; null: none is known. */
    byte @Nullable [] origin() {
        return originWire;
    }

    @Nullable
    Name originName() {
        return origin;
    }

    void setOrigin(@Nullable Name name) {
        origin = name;
        originWire = name == null ? null : name.toWire();
    }

    /** The last record's, in wire form; null: there was none. */
    byte @Nullable [] owner() {
        return owner;
    }

    /** One that differs in case only stays as it was written first. */
    void setOwner(byte[] wire, int length) {
        byte[] before = owner;
        if (before == null || before.length != length || !sameBeyondCase(before, wire)) {
            owner = Arrays.copyOf(wire, length);
        }
    }

    private static boolean sameBeyondCase(byte[] one, byte[] other) {
        for (int i = 0; i < one.length; i++) {
            if (one[i] != other[i] && ((one[i] ^ other[i]) != 0x20 || (one[i] | 0x20) < 'a' || (one[i] | 0x20) > 'z')) {
                return false;
            }
        }
        return true;
    }
}
