package io.evenkeel.server.peer;

import io.evenkeel.server.peer.Outcome.Nothing;

/** A request of tests. */
public record Ping(String text) implements Request<Nothing> {
    public static final RequestKind<Ping, Nothing> KIND =
            RequestKind.withoutAnswer(60, "PING", in -> new Ping(in.requiredText(1)));

    @Override
    public RequestKind<Ping, Nothing> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.text(1, text);
    }
}
