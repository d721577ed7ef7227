package io.evenkeel.zones.change;

import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneContents;
import io.evenkeel.zones.store.PackedRecords;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * What all records of a zone are found to be, by the rules of DNS and by dnsjava, before they get into the log. It holds
 * whatever the state is. Replicas do not judge again when they apply it.
 *
 * @param problems why a zone must not be made of them; empty if it may
 * @param records in canonical order, without duplicates; none if there are problems, or the records were staged, which are
 *     judged as they lie there
 * @param serial of the SOA record, 0 if there are problems
 * @param signed whether signatures are among them, so that the SOA record cannot be given another serial
 * @param extent how much it is; nothing if there are problems
 */
public record Judgement(List<String> problems, List<Record> records, long serial, boolean signed, Extent extent) {
    /** Finds what contents are. Takes a second or so for a million records. */
    @FunctionalInterface
    public interface Judge {
        /** @return of staged contents; null if they are not all there in that state */
        @Nullable
        Judgement of(ReplicatedState state, Name apex, ZoneContents.Staged staged);
    }

    /** Judges records that are to be all of a zone. */
    public static Judgement of(Name apex, List<Record> records) {
        ZoneBuilder.Checked checked = ZoneBuilder.examine(apex, records);
        if (!checked.accepted()) {
            return refused(checked.errors());
        }
        if (!WireRecords.areSound(records)) {
            return refused(List.of("a record that has no wire form (RFC 1035 §3.2.1)"));
        }
        return ofGood(apex, checked.records());
    }

    /** Of records that were judged and found good: in canonical order, without duplicates. */
    public static Judgement ofGood(Name apex, List<Record> records) {
        PackedRecords distinct = PackedRecords.of(records);
        long serial = 0;
        boolean signed = false;
        for (int i = 0; i < distinct.size(); i++) {
            signed |= distinct.type(i) == Type.RRSIG;
            if (distinct.type(i) == Type.SOA && distinct.get(i) instanceof SOARecord soa) {
                serial = soa.getSerial(); // a zone has one
            }
        }
        return new Judgement(List.of(), distinct, serial, signed, Extent.of(apex, distinct));
    }

    /** Judges staged contents. */
    public static @Nullable Judgement of(ReplicatedState state, Name apex, ZoneContents.Staged staged) {
        if (!state.staging().isWhole(staged)) {
            return null;
        }
        try {
            PackedRecords records = state.staging().unpack(staged);
            if (!WireRecords.areSound(records)) {
                return refused(List.of("staged contents: a record that is none (RFC 1035 §3.2.1)"));
            }
            Judgement judgement = of(apex, records);
            // What is staged is loaded as it lies there.
            return judgement.accepted() && judgement.records.size() < records.size()
                    ? refused(List.of("staged contents: records that are there twice"))
                    : new Judgement(
                            judgement.problems, List.of(), judgement.serial, judgement.signed, judgement.extent);
        } catch (CodecException bad) {
            return refused(List.of("staged contents: " + bad.getMessage()));
        }
    }

    private static Judgement refused(List<String> problems) {
        return new Judgement(problems, List.of(), 0, false, new Extent(0, true));
    }

    /** Whether a zone may be made of them. */
    public boolean accepted() {
        return problems.isEmpty();
    }

    /**
     * The serial that the zone gets.
     *
     * @param present the zone that they take the place of; null if there is none
     */
    public long serialAfter(@Nullable Zone present) {
        return present == null || Soa.ahead(serial, present.serial()) > 0 ? serial : Soa.next(present.serial());
    }

    /** Why they cannot take the place of that zone, or of none; null if they can. */
    public @Nullable String refusalBeside(@Nullable Zone present) {
        return signed && serialAfter(present) != serial
                ? "the zone is signed with serial " + serial
                        + ", which is not ahead of the one that is served: sign it with a later one (RFC 1982 §3.2)"
                : null;
    }
}
