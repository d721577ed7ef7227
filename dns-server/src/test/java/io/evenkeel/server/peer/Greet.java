package io.evenkeel.server.peer;

/** Asks for a name, under the code of the request that nodes of all versions answer. */
record Greet() implements Request<byte[]> {
    static final RequestKind<Greet, byte[]> KIND = new RequestKind<>(
            RequestKind.HELLO,
            "GREET",
            _ -> new Greet(),
            (octets, out) -> out.bytes(1, octets),
            in -> in.requiredBytes(1));

    @Override
    public RequestKind<Greet, byte[]> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        // It has nothing to say.
    }
}
