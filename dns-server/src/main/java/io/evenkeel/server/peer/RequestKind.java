package io.evenkeel.server.peer;

import io.evenkeel.zones.codec.CodecException;

/**
 * A kind of request between nodes.
 *
 * @param code its number on the wire, from 1 to 63; no other kind ever uses it
 * @param name for people
 * @param request reads one
 * @param answerWriter writes the answer's fields
 * @param answer reads them
 */
public record RequestKind<R extends Request<A>, A>(
        int code, String name, Reads<R> request, Writes<A> answerWriter, Reads<A> answer) {
    /** The code of the one kind of request that a node reads whatever version of the channel it is in. */
    public static final int HELLO = 1;

    public RequestKind {
        if (code < 1 || code >= PeerCodec.ANSWER) {
            throw new IllegalArgumentException("code " + code);
        }
    }

    /** From fields to a value. */
    public interface Reads<T> {
        /** @throws CodecException if a field is missing that has no default, or is out of bounds */
        T read(FieldReader in) throws CodecException;
    }

    /** From a value to fields. */
    public interface Writes<T> {
        void write(T value, FieldWriter out);
    }

    /** With an answer that says no more than that it is done. */
    public static <R extends Request<Outcome.Nothing>> RequestKind<R, Outcome.Nothing> withoutAnswer(
            int code, String name, Reads<R> request) {
        return new RequestKind<>(code, name, request, (_, _) -> {}, _ -> new Outcome.Nothing());
    }
}
