package io.evenkeel.server.query;

import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.answer.RCode;
import io.evenkeel.zones.store.RRType;
import java.util.Arrays;
import java.util.function.Supplier;

/** The one list of all messages that are no ordinary questions, and of the judgement on each. Immutable. */
public final class MessageKinds {
    private static final int OPCODES = 16;
    /** Goes the way of every detached request, though it needs no time: so that way is used. */
    private static final Verdict REFUSED_LATER =
            new Verdict.Later(request -> request.fail(RCode.REFUSED, ExtendedError.PROHIBITED));

    private final MessageKind[] byOpcode;
    private final MessageKind axfr;
    private final MessageKind ixfr;

    private MessageKinds(MessageKind[] byOpcode, MessageKind axfr, MessageKind ixfr) {
        this.byOpcode = byOpcode;
        this.axfr = axfr;
        this.ixfr = ixfr;
    }

    /**
     * What this server does: no opcode but QUERY (RFC 8906 §3.1.4), and no zone transfers.
     *
     * @param catalog read for each UPDATE
     */
    public static MessageKinds standard(Supplier<Catalog> catalog) {
        MessageKind[] byOpcode = new MessageKind[OPCODES];
        Arrays.fill(byOpcode, (MessageKind) (_, _) -> Verdict.NOT_IMPLEMENTED);
        return new MessageKinds(
                        byOpcode,
                        // RFC 5936 §4.2: there is no such thing over UDP
                        (_, transport) -> transport == Transport.UDP ? Verdict.NOT_IMPLEMENTED : REFUSED_LATER,
                        (_, _) -> Verdict.REFUSED)
                .withOpcode(
                        Wire.UPDATE,
                        (query, _) -> isOfSignedZone(query, catalog.get()) ? Verdict.REFUSED : Verdict.NOT_IMPLEMENTED);
    }

    /** Such a zone changes as a whole only, whatever else of RFC 2136 is done: §3.3 has REFUSED for policy. */
    private static boolean isOfSignedZone(Query query, Catalog catalog) {
        if (query.type() != RRType.SOA) {
            return false;
        }
        Zone zone = catalog.find(query.name);
        return zone != null && zone.isSigned() && zone.isApex(query.name);
    }

    /** The same, but for one opcode from 1 to 15. */
    public MessageKinds withOpcode(int opcode, MessageKind kind) {
        MessageKind[] changed = byOpcode.clone();
        changed[opcode] = kind;
        return new MessageKinds(changed, axfr, ixfr);
    }

    /** The same, but for transfers of whole zones (RFC 5936). */
    public MessageKinds withAxfr(MessageKind kind) {
        return new MessageKinds(byOpcode, kind, ixfr);
    }

    /** Of an opcode from 1 to 15. */
    MessageKind ofOpcode(int opcode) {
        return byOpcode[opcode];
    }

    MessageKind axfr() {
        return axfr;
    }

    MessageKind ixfr() {
        return ixfr;
    }
}
