package io.evenkeel.server.peer;

/** Does your gate let questions in? The answer is false also if it is just being closed. */
public record AskGate() implements Request<Boolean> {
    private static final int OPEN = 1;

    /** How it is read. */
    public static final RequestKind<AskGate, Boolean> KIND = new RequestKind<>(
            4, "GATE", _ -> new AskGate(), (open, out) -> out.flag(OPEN, open), in -> in.flag(OPEN, false));

    @Override
    public RequestKind<AskGate, Boolean> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        // The code says it all.
    }
}
