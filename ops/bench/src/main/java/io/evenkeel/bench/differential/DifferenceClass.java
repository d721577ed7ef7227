package io.evenkeel.bench.differential;

import java.util.Set;

/**
 * Disagreements that are one.
 *
 * @param kind of zone, with {@code +do} if the question had DO
 * @param type of the question, {@code data} for ordinary ones
 * @param shape of our reply
 * @param traits words of {@link Shape#traits}
 * @param words what {@link Comparison} says, with an exclamation mark where ours is outvoted
 */
record DifferenceClass(String peer, String kind, String type, String shape, String traits, Set<String> words) {
    boolean outvoted() {
        return words.stream().anyMatch(word -> word.endsWith("!"));
    }

    @Override
    public String toString() {
        return "%s | %s | %s | %s | %s | %s".formatted(peer, kind, type, shape, traits, String.join(" ", words));
    }
}
