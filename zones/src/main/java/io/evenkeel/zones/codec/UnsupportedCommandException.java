package io.evenkeel.zones.codec;

/** Intact octets of a format or type that this program does not know: it is older than the one that wrote them. */
public final class UnsupportedCommandException extends CodecException {
    private static final long serialVersionUID = 1L;

    /** @param message which format or type */
    public UnsupportedCommandException(String message) {
        super(message);
    }
}
