package io.evenkeel.server.change;

import java.util.List;
import org.xbill.DNS.Name;

/**
 * Changes of one zone that go into one entry of the log if they can, in the order in which they came.
 *
 * @param stale how often in a row another entry got in before theirs
 */
record Batch(Name apex, List<ChangeQueue.Pending> changes, int stale) {
    Batch {
        changes = List.copyOf(changes);
    }

    int size() {
        return changes.size();
    }

    /** Only those of it. */
    Batch with(List<ChangeQueue.Pending> some) {
        return new Batch(apex, some, stale);
    }

    /** Those up to {@code count}. */
    Batch first(int count) {
        return new Batch(apex, changes.subList(0, count), stale);
    }

    /** Those after {@code count}, which have not been tried; none if there are none. */
    List<Batch> after(int count) {
        return count == size() ? List.of() : List.of(new Batch(apex, changes.subList(count, size()), 0));
    }

    /** Both halves. */
    List<Batch> halves() {
        int half = size() / 2;
        return List.of(new Batch(apex, changes.subList(0, half), 0), new Batch(apex, changes.subList(half, size()), 0));
    }

    /** Each by itself. */
    List<Batch> singles() {
        return changes.stream().map(one -> new Batch(apex, List.of(one), 0)).toList();
    }

    /** The same, to be judged again. */
    Batch again() {
        return new Batch(apex, changes, stale + 1);
    }
}
