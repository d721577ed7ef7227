package io.evenkeel.zones.state;

import io.evenkeel.zones.Zone;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import org.xbill.DNS.Record;

/**
 * Faults that a test plants in the process of one node: applying some names fails there, and nowhere else; or an octet of what
 * they hold flips in its memory. They are given as first labels of owners, with commas between, and read only where assertions
 * are on, which is in tests.
 */
public final class PlantedFault {
    private static final Set<String> FAILING = labels("evenkeel.test.apply-fault");
    private static final Set<String> FLIPPING = labels("evenkeel.test.flip-octet");

    private PlantedFault() {}

    private static Set<String> labels(String property) {
        String[] planted = {""};
        assert asked(property, planted);
        return planted[0].isEmpty() ? Set.of() : Set.of(planted[0].split(",", -1));
    }

    private static boolean asked(String property, String[] planted) {
        planted[0] = System.getProperty(property, "");
        return true;
    }

    /** {@link ReplicatedState#apply}, but for those names. */
    public static ReplicatedState.Transition apply(ReplicatedState state, long index, ZoneCommand command) {
        if (!(command.plain() instanceof ZoneCommand.ApplyDiff diff) || (FAILING.isEmpty() && FLIPPING.isEmpty())) {
            return state.apply(index, command);
        }
        Set<String> added = diff.diff().added().stream()
                .map(Record::getName)
                .filter(name -> name.labels() > 0)
                .map(name -> name.getLabelString(0))
                .collect(Collectors.toSet());
        if (added.stream().anyMatch(FAILING::contains)) {
            return state.faulted(index, command, new IllegalStateException("planted"));
        }
        ReplicatedState.Transition applied = state.apply(index, command);
        added.retainAll(FLIPPING);
        Zone zone = applied.next().catalog().zone(diff.apex());
        if (zone != null && !added.isEmpty()) {
            flip(zone, added);
        }
        return applied;
    }

    /** The last bit of each record of those names, in the very octets from which answers are made. */
    private static void flip(Zone zone, Set<String> labels) {
        zone.forEachInOctets((owner, length, array, from, to) -> {
            String first = new String(owner, 1, owner[0], StandardCharsets.ISO_8859_1);
            if (labels.contains(first)) {
                array[to - 1] ^= 1;
            }
        });
    }
}
