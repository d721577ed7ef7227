package io.evenkeel.consensus.trust;

import io.evenkeel.zones.codec.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * What one reading of the key file has brought: the key that this node shows, further keys that it holds, and the
 * certificates that it lets in. Immutable.
 */
final class KeySet {
    /** Entry with the key and certificate that are shown; each other entry is only trusted. */
    static final String SHOWN = "cluster";

    /** PKCS12 wants one; what protects the file is its mode. */
    private static final char[] PASSWORD = "evenkeel".toCharArray();

    /** Separates this use of the key from any other. */
    private static final String MAC_PURPOSE = "evenkeel command v1";

    private static final String KDF_NAME = "HKDF-SHA256";
    private static final int MAC_KEY_BYTES = 32;

    private final Key shown;
    private final List<Key> keys;
    private final Set<X509Certificate> trusted;

    /**
     * One private key.
     *
     * @param fingerprint SHA-256 of its certificate in hex
     * @param chain the certificate alone; the same array each time
     * @param mac derived from the private key, for commands
     */
    record Key(String fingerprint, PrivateKey key, X509Certificate[] chain, SecretKey mac) {
        X509Certificate certificate() {
            return chain[0];
        }

        /** What whoever holds the private key derives from it for that purpose alone. */
        byte[] secret(String purpose, int bytes) throws GeneralSecurityException {
            return KDF.getInstance(KDF_NAME).deriveData(derivation(key, purpose, bytes));
        }
    }

    private KeySet(Key shown, List<Key> keys, Set<X509Certificate> trusted) {
        this.shown = shown;
        this.keys = List.copyOf(keys);
        this.trusted = Set.copyOf(trusted);
    }

    /**
     * Reads the contents of a PKCS12 file.
     *
     * @throws IOException if it is none, or its password is another
     * @throws GeneralSecurityException if it lacks a key under {@link #SHOWN}, or holds what cannot be used
     */
    static KeySet parse(byte[] file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(file), PASSWORD);
        if (store.size() > TrustLimits.KEY_FILE_ENTRIES) {
            throw new GeneralSecurityException("it holds " + store.size() + " entries, at most "
                    + TrustLimits.KEY_FILE_ENTRIES + " are allowed; drop what is not in use");
        }
        Key shown = key(store, SHOWN);
        if (shown == null) {
            throw new GeneralSecurityException("no private key with a certificate under the alias '" + SHOWN + "'");
        }
        List<Key> keys = new ArrayList<>(List.of(shown));
        List<X509Certificate> trusted = new ArrayList<>();
        for (String alias : Collections.list(store.aliases())) {
            Key key = alias.equals(SHOWN) ? null : key(store, alias);
            if (key != null) {
                keys.add(key);
            }
            if (!(store.getCertificate(alias) instanceof X509Certificate certificate)) {
                throw new GeneralSecurityException("the entry '" + alias + "' has no X.509 certificate");
            }
            trusted.add(certificate);
        }
        return new KeySet(shown, keys, Set.copyOf(trusted.stream().collect(Collectors.toSet())));
    }

    private static @Nullable Key key(KeyStore store, String alias) throws GeneralSecurityException {
        Certificate certificate = store.getCertificate(alias);
        if (!(store.getKey(alias, PASSWORD) instanceof PrivateKey key)
                || !(certificate instanceof X509Certificate x509)) {
            return null;
        }
        return new Key(fingerprint(x509), key, new X509Certificate[] {x509}, mac(key));
    }

    private static SecretKey mac(PrivateKey key) throws GeneralSecurityException {
        return KDF.getInstance(KDF_NAME).deriveKey("HmacSHA256", derivation(key, MAC_PURPOSE, MAC_KEY_BYTES));
    }

    private static HKDFParameterSpec derivation(PrivateKey key, String purpose, int bytes) {
        return HKDFParameterSpec.ofExtract()
                .addIKM(key.getEncoded())
                .thenExpand(purpose.getBytes(StandardCharsets.US_ASCII), bytes);
    }

    static String fingerprint(X509Certificate certificate) throws GeneralSecurityException {
        return Sha256.hex(certificate.getEncoded());
    }

    /** What this node shows and signs with. */
    Key shown() {
        return shown;
    }

    /** All that it holds, the shown one first. */
    List<Key> keys() {
        return keys;
    }

    /** The one with this fingerprint; null if it holds none. */
    @Nullable
    Key key(String fingerprint) {
        for (Key key : keys) {
            if (key.fingerprint().equals(fingerprint)) {
                return key;
            }
        }
        return null;
    }

    /** The certificates that are let in while they are valid. */
    Set<X509Certificate> trusted() {
        return trusted;
    }
}
