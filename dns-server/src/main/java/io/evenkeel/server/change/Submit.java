package io.evenkeel.server.change;

import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.Origin;
import java.util.UUID;

/**
 * A change for the leader.
 *
 * @param remainingMillis how long the asking node waits
 * @param id under which the outcome is remembered
 * @param origin where it has come from, for the log and the history of changes
 * @param change as {@code ChangeCodec} writes it
 * @param forced whether it is meant, even if it takes most of a zone
 */
public record Submit(long remainingMillis, RequestId id, Origin origin, byte[] change, boolean forced)
        implements Request<Accepted> {
    private static final int REMAINING = 1;
    private static final int ID = 2;
    private static final int PRINCIPAL = 3;
    private static final int CHANGE = 4;
    private static final int FORCED = 5;
    private static final int CLIENT = 6;
    private static final int NODE = 7;

    private static final int INDEX = 1;
    private static final int ZONE_ID = 2;
    private static final int ZONE_CHANGE = 3;
    private static final int SERIAL = 4;
    private static final int CHANGED = 5;

    /** How it and its answer are read. */
    public static final RequestKind<Submit, Accepted> KIND =
            new RequestKind<>(2, "SUBMIT", Submit::read, Submit::writeAnswer, Submit::readAnswer);

    @Override
    public RequestKind<Submit, Accepted> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.number(REMAINING, remainingMillis)
                .id(ID, new UUID(id.high(), id.low()))
                .text(PRINCIPAL, origin.key())
                .bytes(CHANGE, change);
        if (forced) {
            out.flag(FORCED, true);
        }
        if (!origin.client().isEmpty()) {
            out.text(CLIENT, origin.client());
        }
        if (!origin.node().isEmpty()) {
            out.text(NODE, origin.node());
        }
    }

    private static Submit read(FieldReader in) throws CodecException {
        UUID id = in.requiredId(ID);
        return new Submit(
                in.number(REMAINING, 0),
                new RequestId(id.getMostSignificantBits(), id.getLeastSignificantBits()),
                new Origin(in.text(PRINCIPAL, ""), in.text(CLIENT, ""), in.text(NODE, "")),
                in.requiredBytes(CHANGE),
                in.flag(FORCED, false));
    }

    private static void writeAnswer(Accepted accepted, FieldWriter out) {
        out.number(INDEX, accepted.index())
                .number(ZONE_ID, accepted.version().zoneId())
                .number(ZONE_CHANGE, accepted.version().change())
                .number(SERIAL, accepted.serial())
                .flag(CHANGED, accepted.changed());
    }

    private static Accepted readAnswer(FieldReader in) throws CodecException {
        return new Accepted(
                in.requiredNumber(INDEX),
                new ZoneVersion(in.requiredNumber(ZONE_ID), in.requiredNumber(ZONE_CHANGE)),
                in.requiredNumber(SERIAL),
                in.flag(CHANGED, true));
    }
}
