package io.evenkeel.server.peer;

/** A request of tests, answered with what it holds. */
record Echo(byte[] octets) implements Request<byte[]> {
    static final RequestKind<Echo, byte[]> KIND = new RequestKind<>(
            61,
            "ECHO",
            in -> new Echo(in.requiredBytes(1)),
            (octets, out) -> out.bytes(1, octets),
            in -> in.requiredBytes(1));

    static Echo of(String text) {
        return new Echo(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Override
    public RequestKind<Echo, byte[]> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.bytes(1, octets);
    }
}
