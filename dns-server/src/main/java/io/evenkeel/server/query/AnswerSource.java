package io.evenkeel.server.query;

import io.evenkeel.zones.Catalog;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The source of all answers, and its settings; one for all loops.
 *
 * @param catalog a handler reads it once for each question and answers wholly from that version
 * @param kinds judges all but ordinary questions
 * @param settings of the operator
 * @param stale whether the catalog is older than it should be; a handler reads it for each answer that can say so
 */
public record AnswerSource(
        Supplier<Catalog> catalog, MessageKinds kinds, AnswerSettings settings, BooleanSupplier stale) {
    /** With {@link MessageKinds#standard}. */
    public AnswerSource(Supplier<Catalog> catalog, AnswerSettings settings, BooleanSupplier stale) {
        this(catalog, MessageKinds.standard(catalog), settings, stale);
    }

    /** Zones that are never stale, by a server that says nothing of itself. */
    public static AnswerSource plain(Supplier<Catalog> catalog, int udpPayload) {
        return new AnswerSource(catalog, AnswerSettings.plain(udpPayload), () -> false);
    }
}
