package io.evenkeel.zones.state;

import java.util.Set;

/** A fault of this program that a test plants in the process of one node: applying some names fails there, and nowhere else. */
public final class PlantedFault {
    /** First labels of owners, with commas between; read only where assertions are on, which is in tests. */
    private static final String PROPERTY = "evenkeel.test.apply-fault";

    private static final Set<String> LABELS = labels();

    private PlantedFault() {}

    private static Set<String> labels() {
        String[] planted = {""};
        assert asked(planted);
        return planted[0].isEmpty() ? Set.of() : Set.of(planted[0].split(",", -1));
    }

    private static boolean asked(String[] planted) {
        planted[0] = System.getProperty(PROPERTY, "");
        return true;
    }

    /** {@link ReplicatedState#apply}, but for those names. */
    public static ReplicatedState.Transition apply(ReplicatedState state, long index, ZoneCommand command) {
        return !LABELS.isEmpty() && command instanceof ZoneCommand.ApplyDiff diff && isHit(diff)
                ? state.faulted(index, command, new IllegalStateException("planted"))
                : state.apply(index, command);
    }

    private static boolean isHit(ZoneCommand.ApplyDiff apply) {
        return apply.diff().added().stream()
                .anyMatch(added -> added.getName().labels() > 0
                        && LABELS.contains(added.getName().getLabelString(0)));
    }
}
