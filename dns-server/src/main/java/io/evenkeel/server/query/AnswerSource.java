package io.evenkeel.server.query;

import io.evenkeel.zones.Catalog;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What handlers answer from, and how; the same for all loops.
 *
 * @param catalog read once for each question, which is answered wholly from what it gave
 * @param kinds what to do with all but ordinary questions
 * @param settings as the operator wants it
 * @param stale whether what {@code catalog} gives is older than it should be; read for each answer that can say so
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
