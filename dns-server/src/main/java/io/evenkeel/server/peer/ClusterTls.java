package io.evenkeel.server.peer;

import io.evenkeel.consensus.trust.ClusterKeys;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/**
 * TLS 1.3 around the sockets of the peer channel: both sides show a certificate of the cluster. Each version of the keys has
 * a context of its own, so that no session outlives a key that was dropped. Any thread.
 */
public final class ClusterTls {
    private static final String PROTOCOL = "TLSv1.3";

    private final ClusterKeys keys;
    private volatile Versioned context;

    private record Versioned(long version, SSLContext context) {}

    /** Contexts that follow the keys as they change. Any thread. */
    public ClusterTls(ClusterKeys keys) {
        this.keys = keys;
        this.context = make(keys);
    }

    ClusterKeys keys() {
        return keys;
    }

    private static Versioned make(ClusterKeys keys) {
        long version = keys.version(); // first: a change meanwhile makes another one next time
        try {
            SSLContext context = SSLContext.getInstance(PROTOCOL);
            context.init(new KeyManager[] {keys.keyManager()}, new TrustManager[] {keys.trustManager()}, null);
            return new Versioned(version, context);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK offers no " + PROTOCOL, e);
        }
    }

    private SSLContext context() {
        Versioned present = context;
        if (present.version() != keys.version()) {
            present = make(keys);
            context = present;
        }
        return present.context();
    }

    /** @throws IOException if this node has no keys yet: no handshake could come to its end */
    void requireKeys() throws IOException {
        if (!keys.isHeld()) {
            throw new IOException(keys.trouble());
        }
    }

    /** TLS around a connected socket; the handshake is still to come. */
    SSLSocket wrap(Socket raw, boolean client) throws IOException {
        requireKeys();
        SSLContext present = context();
        SSLSocket socket = client
                ? (SSLSocket) present.getSocketFactory()
                        .createSocket(raw, raw.getInetAddress().getHostAddress(), raw.getPort(), true)
                : (SSLSocket) present.getSocketFactory().createSocket(raw, null, true);
        socket.setUseClientMode(client);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {PROTOCOL});
        if (!client) {
            parameters.setNeedClientAuth(true);
        }
        socket.setSSLParameters(parameters);
        return socket;
    }
}
