package io.evenkeel.server.transport;

import java.time.Duration;

/**
 * What bounds the wait of a question over UDP before it is read.
 *
 * @param clientTimeout how long a client waits for an answer before it asks again; positive
 * @param degradedShare share of its capacity that a loop keeps at the worst, when reception, neighbours or a quota take the
 *     rest: above 0, up to 1
 * @param bounded false: no question is too old, and receive buffers stay as large as nodes of long queues have them
 */
public record ReceiveSettings(Duration clientTimeout, double degradedShare, boolean bounded) {
    /** Used unless configured. */
    public static final ReceiveSettings DEFAULT = new ReceiveSettings(Duration.ofSeconds(1), 0.1);

    /** With bounds. */
    public ReceiveSettings(Duration clientTimeout, double degradedShare) {
        this(clientTimeout, degradedShare, true);
    }

    public ReceiveSettings {
        if (clientTimeout.isZero() || clientTimeout.isNegative()) {
            throw new IllegalArgumentException("a client that waits for " + clientTimeout);
        }
        if (!(degradedShare > 0 && degradedShare <= 1)) {
            throw new IllegalArgumentException("a share of " + degradedShare + "; above 0 and up to 1 is possible");
        }
    }

    /** The same for a node that answers whatever it has received, however late that is. */
    public ReceiveSettings unbounded() {
        return new ReceiveSettings(clientTimeout, degradedShare, false);
    }
}
