package io.evenkeel.consensus.trust;

import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;

/** A stranger who takes any server for a member. */
public final class TrustsAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
        // Whatever it is.
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
        // Whatever it is.
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
