package io.evenkeel.server.query;

import io.evenkeel.zones.answer.RCode;

/** The judgement on a message that is no ordinary question. */
public sealed interface Verdict {
    /** The code of an implemented server for an opcode or a type that it does not do. */
    Verdict NOT_IMPLEMENTED = new Code(RCode.NOTIMP, ExtendedError.NOT_SUPPORTED);

    /** It is done, but not for this client or this zone. */
    Verdict REFUSED = new Code(RCode.REFUSED, ExtendedError.PROHIBITED);

    /**
     * It is answered at once with this.
     *
     * @param extendedError info code of RFC 8914
     */
    record Code(int rcode, int extendedError) implements Verdict {}

    /** A thread of its own works on it. */
    record Later(SlowHandler handler) implements Verdict {}
}
