package io.evenkeel.server.peer;

import io.evenkeel.zones.codec.CodecException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The handlers of all kinds of requests that a node answers. Each request has a virtual thread. */
public final class PeerHandlers {
    private final Map<Integer, Answered<?, ?>> byCode;

    private PeerHandlers(List<Answered<?, ?>> all) {
        byCode = all.stream()
                .collect(Collectors.toUnmodifiableMap(each -> each.kind().code(), Function.identity()));
    }

    /**
     * All that a node answers; it says of any other kind that it does not understand.
     *
     * @throws IllegalStateException if two kinds have one code
     */
    public static PeerHandlers of(Answered<?, ?>... all) {
        return new PeerHandlers(List.of(all));
    }

    /** One kind, with what answers it. */
    public static <R extends Request<A>, A> Answered<R, A> on(RequestKind<R, A> kind, Handler<R, A> handler) {
        return new Answered<>(kind, handler);
    }

    /** Answers the requests of one kind. */
    public interface Handler<R, A> {
        Outcome<A> answer(R request) throws InterruptedException;
    }

    /** A kind of request and its handler. */
    public record Answered<R extends Request<A>, A>(RequestKind<R, A> kind, Handler<R, A> handler) {
        /** The frame that answers such a request. */
        byte[] answer(long correlation, FieldReader body) throws CodecException, InterruptedException {
            return PeerCodec.encode(
                    correlation, kind, handler.answer(kind.request().read(body)));
        }

        byte[] fault(long correlation, String why) {
            return PeerCodec.encode(correlation, kind, new Outcome.Unknown<>(why));
        }
    }

    @Nullable
    Answered<?, ?> find(int code) {
        return byCode.get(code);
    }
}
