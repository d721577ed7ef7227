package io.evenkeel.consensus.trust;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Lets in whoever shows a certificate of the key file that is in force, within its dates. It compares octet by octet: there
 * are no authorities and no host names, only certificates.
 */
final class PinnedCertificates extends X509ExtendedTrustManager {
    private final ClusterKeys keys;

    PinnedCertificates(ClusterKeys keys) {
        this.keys = keys;
    }

    /** Not a certificate of the cluster. */
    static final class ForeignCertificateException extends CertificateException {
        private static final long serialVersionUID = 1;

        ForeignCertificateException() {
            super("not a certificate of this cluster");
        }
    }

    private void check(X509Certificate @Nullable [] chain) throws CertificateException {
        if (chain == null || chain.length == 0 || !keys.trusts(chain[0])) {
            throw new ForeignCertificateException();
        }
        keys.requireInDates(chain[0]);
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
        // The names in it are only a hint to the other side, and there is nothing to choose from.
        return new X509Certificate[0];
    }
}
