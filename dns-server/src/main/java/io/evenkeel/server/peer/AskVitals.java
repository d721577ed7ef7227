package io.evenkeel.server.peer;

/** Asks a node for its vitals. */
public record AskVitals() implements Request<Vitals> {
    /** How it is read. */
    public static final RequestKind<AskVitals, Vitals> KIND =
            new RequestKind<>(13, "VITALS", _ -> new AskVitals(), Vitals::write, Vitals::read);

    @Override
    public RequestKind<AskVitals, Vitals> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        // The code says it all.
    }
}
