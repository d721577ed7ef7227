package io.evenkeel.server.cluster;

import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;
import io.evenkeel.zones.codec.CodecException;

/**
 * Set the limits on clients, for the leader. Its answer is the revision of the setting that has them.
 *
 * @param limits all of them
 * @param base the revision that they replace; 0: there is none; {@link #ANY}
 */
record SetLimits(LimitSettings limits, long base) implements Request<Long> {
    /** Whatever is there is replaced. */
    static final long ANY = -1;

    private static final int LIMITS = 1;
    private static final int BASE = 2;
    private static final int REVISION = 1;

    static final RequestKind<SetLimits, Long> KIND = new RequestKind<>(
            16,
            "SET_LIMITS",
            SetLimits::read,
            (revision, out) -> out.number(REVISION, revision),
            in -> in.requiredNumber(REVISION));

    @Override
    public RequestKind<SetLimits, Long> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.bytes(LIMITS, LimitsSetting.encode(limits)).number(BASE, base);
    }

    private static SetLimits read(FieldReader in) throws CodecException {
        return new SetLimits(LimitsSetting.decode(in.requiredBytes(LIMITS)), in.requiredNumber(BASE));
    }
}
