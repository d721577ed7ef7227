package io.evenkeel.server.peer;

/**
 * Asks a node if others may rely on its answers. No, also while an operator closes it, if its zones may be wrong, and if a thread of it that must
 * not stand still gives no sign of life: it may be about to end.
 */
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
