package io.evenkeel.consensus.trust;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows the one certificate that is in force when a handshake begins, whatever the other side asks for. Its alias is the
 * fingerprint: a handshake that spans a change of the key file finds key and certificate of one pair.
 */
final class ShownKey extends X509ExtendedKeyManager {
    private final ClusterKeys keys;

    ShownKey(ClusterKeys keys) {
        this.keys = keys;
    }

    private @Nullable String alias(String... keyTypes) {
        KeySet present = keys.current();
        if (present == null) {
            return null; // and so no handshake comes to its end
        }
        KeySet.Key shown = present.shown();
        for (String keyType : keyTypes) {
            if (keyType.startsWith("EC") == shown.key().getAlgorithm().startsWith("EC")) {
                return shown.fingerprint();
            }
        }
        return null;
    }

    private String @Nullable [] aliases(String keyType) {
        String alias = alias(keyType);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return aliases(keyType);
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
        return aliases(keyType);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return alias(keyType);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return alias(keyType);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        KeySet.Key key = keys.key(alias);
        return key == null ? null : key.chain();
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        KeySet.Key key = keys.key(alias);
        return key == null ? null : key.key();
    }
}
