package io.evenkeel.server.control;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who belongs to the cluster: whoever holds its one key. Both sides of every connection between nodes show the cluster's
 * certificate and accept no other, TLS 1.3 only. Immutable.
 */
public final class ClusterTls {
    /** Name of the entry in the key file. */
    public static final String ALIAS = "cluster";

    private static final Logger LOG = LoggerFactory.getLogger(ClusterTls.class);

    /** PKCS12 wants one; what protects the file is its mode. */
    private static final char[] PASSWORD = "evenkeel".toCharArray();

    private static final String PROTOCOL = "TLSv1.3";

    private final X509Certificate certificate;
    private final X509ExtendedKeyManager keys;
    private final X509ExtendedTrustManager trust;
    private final SSLContext context;

    private ClusterTls(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        this.certificate = certificate;
        this.keys = new OneKey(key, certificate);
        this.trust = new OneCertificate(certificate);
        this.context = SSLContext.getInstance(PROTOCOL);
        context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
    }

    /**
     * Reads a PKCS12 file with a private key and its certificate under {@link #ALIAS}.
     *
     * @throws ClusterKeyException if it is missing, unreadable or something else
     */
    public static ClusterTls load(Path keyFile) throws ClusterKeyException {
        try (InputStream in = Files.newInputStream(keyFile)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD);
            if (!(store.getKey(ALIAS, PASSWORD) instanceof PrivateKey key)
                    || !(store.getCertificate(ALIAS) instanceof X509Certificate certificate)) {
                throw new ClusterKeyException(
                        "cluster key file " + keyFile + ": no private key with a certificate under the alias '" + ALIAS
                                + "'; copy the file of another member, or delete it to have a new one made");
            }
            warnIfOthersMayRead(keyFile);
            return new ClusterTls(key, certificate);
        } catch (NoSuchFileException e) {
            throw new ClusterKeyException(
                    "cluster key file " + keyFile + ": not there; copy it from another member (mode 0600)", e);
        } catch (AccessDeniedException e) {
            throw new ClusterKeyException(
                    "cluster key file " + keyFile + ": no permission; it must be readable by the user "
                            + System.getProperty("user.name"),
                    e);
        } catch (ClusterKeyException e) {
            throw e;
        } catch (IOException | GeneralSecurityException e) {
            throw new ClusterKeyException(
                    "cluster key file " + keyFile + ": not a readable PKCS12 file of a cluster (" + e.getMessage()
                            + "); copy it again from another member",
                    e);
        }
    }

    private static void warnIfOthersMayRead(Path keyFile) throws IOException {
        if (!Files.getFileStore(keyFile).supportsFileAttributeView("posix")) {
            return;
        }
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(keyFile);
        if (!mode.equals(PosixFilePermissions.fromString("rw-------"))) {
            LOG.warn(
                    "cluster key file {} has mode {}: whoever reads it can change every zone; chmod 600 it",
                    keyFile,
                    PosixFilePermissions.toString(mode));
        }
    }

    /** For sockets of ours. */
    public SSLContext context() {
        return context;
    }

    /** For Raft's transport. */
    public X509ExtendedKeyManager keys() {
        return keys;
    }

    /** Accepts the cluster's certificate and nothing else. */
    public X509ExtendedTrustManager trust() {
        return trust;
    }

    X509Certificate certificate() {
        return certificate;
    }

    /** TLS around a connected socket; the handshake is still to come. */
    SSLSocket wrap(Socket raw, boolean client) throws IOException {
        SSLSocket socket = client
                ? (SSLSocket) context.getSocketFactory()
                        .createSocket(raw, raw.getInetAddress().getHostAddress(), raw.getPort(), true)
                : (SSLSocket) context.getSocketFactory().createSocket(raw, null, true);
        socket.setUseClientMode(client);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {PROTOCOL});
        if (!client) {
            parameters.setNeedClientAuth(true);
        }
        socket.setSSLParameters(parameters);
        return socket;
    }

    /** Always shows the same certificate, whatever the other side asks for. */
    private static final class OneKey extends X509ExtendedKeyManager {
        private final PrivateKey key;
        private final X509Certificate certificate;

        OneKey(PrivateKey key, X509Certificate certificate) {
            this.key = key;
            this.certificate = certificate;
        }

        private @Nullable String alias(String keyType) {
            // TLS 1.3 names an EC key "EC", Netty's OpenSSL provider by its signature scheme.
            return keyType.startsWith("EC") == key.getAlgorithm().startsWith("EC") ? ALIAS : null;
        }

        private @Nullable String alias(String[] keyTypes) {
            for (String keyType : keyTypes) {
                if (alias(keyType) != null) {
                    return ALIAS;
                }
            }
            return null;
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return alias(keyType) == null ? null : new String[] {ALIAS};
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias(keyType);
        }

        @Override
        public @Nullable String chooseEngineClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias(keyType);
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return alias(keyType) == null ? null : new String[] {ALIAS};
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias(keyType);
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias(keyType);
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            return alias.equals(ALIAS) ? new X509Certificate[] {certificate} : null;
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            return alias.equals(ALIAS) ? key : null;
        }
    }

    /**
     * Compares octet by octet. Neither host names nor dates are looked at: the certificate is pinned, and a clock that
     * jumps, or a forgotten date, must not take a cluster apart.
     */
    private static final class OneCertificate extends X509ExtendedTrustManager {
        private final X509Certificate certificate;

        OneCertificate(X509Certificate certificate) {
            this.certificate = certificate;
        }

        private void check(X509Certificate @Nullable [] chain) throws CertificateException {
            if (chain == null || chain.length == 0 || !certificate.equals(chain[0])) {
                throw new CertificateException("not the certificate of this cluster");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[] {certificate};
        }
    }
}
