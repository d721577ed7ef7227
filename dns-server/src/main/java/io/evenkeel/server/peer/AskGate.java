package io.evenkeel.server.peer;

/** Asks a node if others may rely on its answers. No, also while an operator closes it, and if its zones may be wrong. */
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
