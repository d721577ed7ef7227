package io.evenkeel.server.query;

import io.evenkeel.server.limits.Limits;
import io.evenkeel.server.traffic.Traffic;
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
 * @param limits on the clients of all loops together
 * @param traffic what all loops tell of their traffic
 * @param zones what all loops count of the answers out of each zone
 */
public record AnswerSource(
        Supplier<Catalog> catalog,
        MessageKinds kinds,
        AnswerSettings settings,
        BooleanSupplier stale,
        Limits limits,
        Traffic traffic,
        ZoneAnswers zones) {
    /** With {@link MessageKinds#standard}. */
    public AnswerSource(
            Supplier<Catalog> catalog, AnswerSettings settings, BooleanSupplier stale, Limits limits, Traffic traffic) {
        this(catalog, MessageKinds.standard(catalog), settings, stale, limits, traffic, ZoneAnswers.none());
    }

    /** With {@link MessageKinds#standard}, and traffic that nobody looks at. */
    public AnswerSource(Supplier<Catalog> catalog, AnswerSettings settings, BooleanSupplier stale, Limits limits) {
        this(catalog, settings, stale, limits, Traffic.none());
    }

    /** Without limits, and with traffic that nobody looks at, as for a server that asks itself. */
    public AnswerSource(Supplier<Catalog> catalog, MessageKinds kinds, AnswerSettings settings, BooleanSupplier stale) {
        this(catalog, kinds, settings, stale, Limits.none(), Traffic.none(), ZoneAnswers.none());
    }

    /** With {@link MessageKinds#standard}, without limits. */
    public AnswerSource(Supplier<Catalog> catalog, AnswerSettings settings, BooleanSupplier stale) {
        this(catalog, MessageKinds.standard(catalog), settings, stale);
    }

    /** The same, which counts the answers out of each zone there. */
    public AnswerSource counting(ZoneAnswers there) {
        return new AnswerSource(catalog, kinds, settings, stale, limits, traffic, there);
    }

    /** Zones that are never stale, by a server that says nothing of itself. */
    public static AnswerSource plain(Supplier<Catalog> catalog, int udpPayload) {
        return new AnswerSource(catalog, AnswerSettings.plain(udpPayload), () -> false);
    }
}
