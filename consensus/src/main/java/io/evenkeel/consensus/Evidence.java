package io.evenkeel.consensus;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import java.util.List;

/**
 * What a replica can show of what it holds, so that members can be compared.
 *
 * @param marks of the last ticks that it has applied, the oldest first
 * @param faults how many entries have met a fault of this program, by the record in its state
 * @param committedTerm of the entry at {@code committedIndex}; -1 if its log has that no more
 * @param committedIndex the highest that it knows to be committed
 * @param lastIndex of its log; -1: none
 */
public record Evidence(List<Mark> marks, long faults, long committedTerm, long committedIndex, long lastIndex) {
    public Evidence {
        marks = List.copyOf(marks);
    }

    /**
     * What it held after one tick.
     *
     * @param index of the tick
     * @param history of all commands up to there; see {@link Published#history}
     * @param digest of the state after it
     */
    public record Mark(long index, Hash256 history, Hash256 digest) {
        /** As members send it to each other. */
        public byte[] toBytes() {
            return new WireWriter()
                    .i64(index)
                    .raw(history.toBytes())
                    .raw(digest.toBytes())
                    .toBytes();
        }

        /** What {@link #toBytes} wrote. */
        public static Mark read(byte[] octets) throws CodecException {
            WireReader in = new WireReader(octets);
            Mark mark = new Mark(in.i64(), Hash256.read(in.raw(Hash256.BYTES)), Hash256.read(in.raw(Hash256.BYTES)));
            in.expectEnd();
            return mark;
        }
    }

    /** How two compare. */
    public enum Comparison {
        SAME,
        /** The same commands came to something else: one of them is wrong. */
        DIFFERENT,
        /** They have applied other commands: one of them has another past. */
        FORKED,
        /** They have no mark of the same index. */
        UNKNOWN
    }

    /** With another member's, by the newest index of which both have a mark. */
    public Comparison with(Evidence other) {
        for (Mark own : marks.reversed()) {
            for (Mark its : other.marks.reversed()) {
                if (own.index == its.index) {
                    return compared(own, its);
                }
            }
        }
        return Comparison.UNKNOWN;
    }

    private static Comparison compared(Mark own, Mark its) {
        return !own.history.equals(its.history)
                ? Comparison.FORKED
                : own.digest.equals(its.digest) ? Comparison.SAME : Comparison.DIFFERENT;
    }

    /** That newest index; -1: there is none. */
    public long lastCommon(Evidence other) {
        return marks.stream()
                .mapToLong(Mark::index)
                .filter(index -> other.marks.stream().anyMatch(its -> its.index == index))
                .max()
                .orElse(-1);
    }

    /** The lowest index from which on all marks that both have differ; -1: the newest does not. */
    public long firstDifference(Evidence other) {
        long first = -1;
        for (Mark own : marks.reversed()) {
            for (Mark its : other.marks) {
                if (own.index == its.index) {
                    if (compared(own, its) == Comparison.SAME) {
                        return first;
                    }
                    first = own.index;
                }
            }
        }
        return first;
    }
}
