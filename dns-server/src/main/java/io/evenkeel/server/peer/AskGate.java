package io.evenkeel.server.peer;

/** Asks a node if its gate lets questions in. The answer is false also while an operator closes it. */
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
