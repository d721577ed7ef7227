package io.evenkeel.consensus.trust;

import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.zones.codec.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * One PKCS12 file makes a node a member. It holds the key that the node shows and any number of further keys or certificates,
 * all of which it lets in. `poll` takes over what the file has become: new handshakes see it at once, connections made with a
 * certificate that is no longer in it end. A file that cannot be used, or that shows a certificate which the one in force
 * does not know (and so, presumably, the other members do not either), changes nothing.
 *
 * A node that has zones to answer from may also begin without keys: until the file can be used it lets nobody in, is let in by
 * nobody, and can neither seal nor open a command. Keys that it has once had do not go away in this process. The same clock
 * judges all certificates: a machine whose clock is wrong finds that its own is outside its dates, and says so.
 *
 * One thread polls; all else is read from a volatile field by any thread.
 */

/** Who belongs to the cluster: whoever holds a key of its key file. */
public final class ClusterKeys {
    /** What {@link #seal} adds, in octets. */
    public static final int PROOF_BYTES = 32;

    /** Connections that both ports between nodes let be open at once. */
    public static final int MOST_CONNECTIONS = TrustLimits.RAFT_CONNECTIONS
            + TrustLimits.PEER_CONNECTIONS
            + 2 * (TrustLimits.STRANGERS + TrustLimits.HANDSHAKES);

    private static final Logger LOG = LoggerFactory.getLogger(ClusterKeys.class);
    private static final int SHORT_FINGERPRINT = 16;
    private static final String MAC = "HmacSHA256";
    private static final String MISSING = "";
    /** The digest of nothing. */
    private static final String NONE = "none";

    private final Path file;
    private final InstantSource clock;
    private final X509ExtendedKeyManager keyManager = new ShownKey(this);
    private final X509ExtendedTrustManager trustManager = new PinnedCertificates(this);
    private final Refusals raftPort = new Refusals("raft port");
    private final Refusals peerPort = new Refusals("peer channel");
    private final KnownAddresses known = new KnownAddresses();
    private final Entrance raftEntrance = new Entrance(TrustLimits.RAFT_CONNECTIONS, known, raftPort, System::nanoTime);
    private final Entrance peerEntrance = new Entrance(TrustLimits.PEER_CONNECTIONS, known, peerPort, System::nanoTime);
    private final Set<Tracked> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong changes = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();

    private volatile State state = new State(null, null);
    /** Why there are no keys; empty if there are. */
    private volatile String lack = "";

    // Of the polling thread: digests of contents, and the last word about dates.
    private String inForce = NONE;
    private String seen = NONE;
    private @Nullable String turnedDown;
    private String toldDates = "";

    /** What is in force, and what was before it: a handshake may span the change. */
    private record State(@Nullable KeySet now, @Nullable KeySet before) {}

    private ClusterKeys(Path file, InstantSource clock) {
        this.file = file;
        this.clock = clock;
    }

    /** From now on the log tells so much of the addresses of strangers at both ports of the cluster. Any thread. */
    public void privacy(ClientPrivacy told) {
        raftPort.privacy(told);
        peerPort.privacy(told);
    }

    /** As {@link #load(Path, InstantSource)}, by the clock of this machine. */
    public static ClusterKeys load(Path file) throws ClusterKeyException {
        return load(file, InstantSource.system());
    }

    /**
     * Reads the file for the first time.
     *
     * @param clock judges the dates of certificates
     * @throws ClusterKeyException if it is missing, unreadable or something else
     */
    public static ClusterKeys load(Path file, InstantSource clock) throws ClusterKeyException {
        ClusterKeys keys = new ClusterKeys(file, clock);
        byte[] contents = read(file);
        keys.begin(contents, parse(file, contents));
        return keys;
    }

    /**
     * The same for a node that has zones to answer from: if the file cannot be used there are no keys until {@link #poll}
     * finds that it can; {@link #trouble} says why.
     */
    public static ClusterKeys loadOrAwait(Path file, InstantSource clock) {
        ClusterKeys keys = new ClusterKeys(file, clock);
        try {
            byte[] contents = read(file);
            keys.seen = Sha256.hex(contents);
            keys.begin(contents, parse(file, contents));
        } catch (ClusterKeyException e) {
            keys.turnedDown = keys.seen.equals(NONE) ? MISSING : keys.seen;
            keys.lack = String.valueOf(e.getMessage());
            LOG.error("{}. This node goes on with the zones that it has; it takes part once it has the key", keys.lack);
        }
        return keys;
    }

    /** Answers need no peers: with a certificate outside its dates a node starts all the same, and serves what it has. */
    private void begin(byte[] contents, KeySet keys) {
        state = new State(keys, null);
        inForce = Sha256.hex(contents);
        seen = inForce;
        lack = "";
        warnIfOthersMayRead();
        tellDates();
    }

    private static byte[] read(Path file) throws ClusterKeyException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] contents = in.readNBytes(TrustLimits.KEY_FILE_BYTES + 1);
            if (contents.length > TrustLimits.KEY_FILE_BYTES) {
                throw new ClusterKeyException("cluster key file " + file + ": larger than " + TrustLimits.KEY_FILE_BYTES
                        + " octets; copy it again from another member");
            }
            return contents;
        } catch (NoSuchFileException e) {
            throw new ClusterKeyException(
                    "cluster key file " + file + ": not there; copy it from another member (mode 0600)", e);
        } catch (AccessDeniedException e) {
            throw new ClusterKeyException(
                    "cluster key file " + file + ": no permission; it must be readable by the user "
                            + System.getProperty("user.name"),
                    e);
        } catch (ClusterKeyException e) {
            throw e;
        } catch (IOException e) {
            throw new ClusterKeyException("cluster key file " + file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static KeySet parse(Path file, byte[] contents) throws ClusterKeyException {
        try {
            return KeySet.parse(contents);
        } catch (IOException e) {
            throw new ClusterKeyException(
                    "cluster key file " + file + ": not a readable PKCS12 file of a cluster (" + reason(e)
                            + "); copy it again from another member",
                    e);
        } catch (GeneralSecurityException e) {
            throw new ClusterKeyException(
                    "cluster key file " + file + ": " + e.getMessage() + "; copy the file of another member", e);
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? "damaged" : e.getMessage();
    }

    private void warnIfOthersMayRead() {
        try {
            if (!Files.getFileStore(file).supportsFileAttributeView("posix")) {
                return;
            }
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            if (!mode.equals(PosixFilePermissions.fromString("rw-------"))) {
                LOG.warn(
                        "cluster key file {} has mode {}: whoever reads it can change every zone; chmod 600 it",
                        file,
                        PosixFilePermissions.toString(mode));
            }
        } catch (IOException e) {
            LOG.warn("cluster key file {}: its mode cannot be read: {}", file, e.getMessage());
        }
    }

    /**
     * Looks whether the file holds something else by now, and if so lets that be in force. What is new must be there twice:
     * it may be half written. Blocks for a small read; one thread.
     */
    public void poll() {
        String found = MISSING;
        byte[] contents = new byte[0];
        ClusterKeyException fault = null;
        try {
            contents = read(file);
            found = Sha256.hex(contents);
        } catch (ClusterKeyException e) {
            fault = e;
        }
        boolean settled = found.equals(seen);
        seen = found;
        if (found.equals(inForce)) {
            turnedDown = null;
        } else if (settled && !found.equals(turnedDown)) {
            try {
                if (fault != null) {
                    throw fault;
                }
                takeOver(contents, parse(file, contents));
                inForce = found;
                turnedDown = null;
            } catch (ClusterKeyException e) {
                turnDown(found, String.valueOf(e.getMessage()));
            }
        }
        tellDates();
    }

    private void turnDown(String found, String why) {
        turnedDown = found;
        failures.incrementAndGet();
        if (isHeld()) {
            LOG.error("{}. The keys read before stay in force", why);
        } else {
            lack = why;
            LOG.error("{}. This node takes no part in the cluster until it has the key", why);
        }
    }

    private void takeOver(byte[] contents, KeySet next) throws ClusterKeyException {
        KeySet present = state.now();
        if (present == null) {
            begin(contents, next);
            changes.incrementAndGet();
            LOG.info("cluster key file {} can be used: shows {}", file, brief(next));
        } else {
            replace(present, next);
        }
    }

    private void replace(KeySet present, KeySet next) throws ClusterKeyException {
        X509Certificate shown = next.shown().certificate();
        if (!present.trusted().contains(shown)) {
            throw new ClusterKeyException("cluster key file " + file + ": it shows " + brief(next)
                    + ", which was not trusted so far, nor perhaps by the other members; first give all of them a file that"
                    + " trusts it, or restart this node if it is to be a member of another cluster");
        }
        String dates = dates(shown);
        // One that is shown already may be past its dates: the file that trusts its successor shows it once more.
        if (!dates.isEmpty() && !shown.equals(present.shown().certificate())) {
            throw new ClusterKeyException(
                    "cluster key file " + file + ": the certificate that it would show from now on " + dates);
        }
        warnIfOthersMayRead();
        state = new State(next, present);
        changes.incrementAndGet();
        LOG.info(
                "cluster key file {} was read anew: shows {}, valid until {}; {} certificates are trusted",
                file,
                brief(next),
                shown.getNotAfter().toInstant(),
                next.trusted().size());
        connections.forEach(Tracked::endIfDropped);
    }

    private static String brief(KeySet keys) {
        return keys.shown().fingerprint().substring(0, SHORT_FINGERPRINT);
    }

    /** What is in force; null until the file could be used. */
    @Nullable
    KeySet current() {
        return state.now();
    }

    /** Whether there are keys; once there are, there always are. */
    public boolean isHeld() {
        return state.now() != null;
    }

    /**
     * Why this node cannot be among its peers, with the remedy, one line for people: it lacks its keys, or the certificate that
     * it shows is outside its dates. Empty if there is nothing.
     */
    public String trouble() {
        KeySet present = state.now();
        if (present == null) {
            return lack;
        }
        String dates = dates(present.shown().certificate());
        return dates.isEmpty()
                ? ""
                : "cluster key file " + file + ": the certificate that it shows " + dates
                        + ", so that no member lets another in by it: set the clock of this machine right,"
                        + " or show another key (`evenkeel cluster key next`)";
    }

    /** How the clock is outside the dates of a certificate; empty if it is within. */
    private String dates(X509Certificate certificate) {
        Instant now = clock.instant();
        Instant from = certificate.getNotBefore().toInstant();
        Instant until = certificate.getNotAfter().toInstant();
        if (now.isBefore(from)) {
            return "is not valid before " + from + ", and the clock of this machine says "
                    + now.truncatedTo(ChronoUnit.SECONDS);
        }
        return now.isAfter(until)
                ? "ended on " + until + ", and the clock of this machine says " + now.truncatedTo(ChronoUnit.SECONDS)
                : "";
    }

    private void tellDates() {
        KeySet present = state.now();
        String dates = present == null ? "" : dates(present.shown().certificate());
        boolean outside = !dates.isEmpty();
        if (outside == toldDates.isEmpty()) {
            if (outside) {
                LOG.error("{}. Answers go on, and so do the connections that there are", trouble());
            } else {
                LOG.info("cluster key file {}: the certificate that it shows is within its dates again", file);
            }
        }
        toldDates = dates;
    }

    /** By the clock of this node. */
    void requireInDates(X509Certificate certificate) throws CertificateException {
        certificate.checkValidity(Date.from(clock.instant()));
    }

    /** A key in force, or one that was until the last change. */
    KeySet.@Nullable Key key(String fingerprint) {
        State present = state;
        KeySet.Key key = present.now() == null ? null : present.now().key(fingerprint);
        return key != null || present.before() == null ? key : present.before().key(fingerprint);
    }

    /** Shows the key in force. */
    public X509ExtendedKeyManager keyManager() {
        return keyManager;
    }

    /** Lets in the certificates in force, within their dates. */
    public X509ExtendedTrustManager trustManager() {
        return trustManager;
    }

    /** Grows with each change of what is in force: whoever caches sessions must begin anew then. */
    public long version() {
        return changes.get();
    }

    /** How often a changed file was turned down. */
    public long failures() {
        return failures.get();
    }

    /** Certificates that are let in. */
    public int trustedCount() {
        return trusted().size();
    }

    /** When the certificate that this node shows ends; the beginning of 1970 if it has none. */
    public Instant shownUntil() {
        KeySet present = state.now();
        return present == null
                ? Instant.EPOCH
                : present.shown().certificate().getNotAfter().toInstant();
    }

    boolean trusts(X509Certificate certificate) {
        return trusted().contains(certificate);
    }

    private Set<X509Certificate> trusted() {
        KeySet present = state.now();
        return present == null ? Set.of() : present.trusted();
    }

    /** The shown one first; none if there is none. */
    private List<KeySet.Key> held() {
        KeySet present = state.now();
        return present == null ? List.of() : present.keys();
    }

    /** Strangers at the Raft port. */
    public Refusals raftPort() {
        return raftPort;
    }

    /** Strangers at the port of the peer channel. */
    public Refusals peerPort() {
        return peerPort;
    }

    /** Addresses that both ports know. */
    public KnownAddresses known() {
        return known;
    }

    /** The door of the Raft port. */
    public Entrance raftEntrance() {
        return raftEntrance;
    }

    /** The door of the port of the peer channel. */
    public Entrance peerEntrance() {
        return peerEntrance;
    }

    /**
     * Ends a connection once a certificate that it was made with is no longer trusted; its dates do not end it, nor does a
     * change of which one is shown.
     *
     * @param session after the handshake
     * @param end ends the connection; called on the polling thread or at once, must not block
     * @return to be closed when the connection has ended
     */
    public Tracked track(SSLSession session, Runnable end) throws SSLPeerUnverifiedException {
        Certificate[] own = session.getLocalCertificates();
        Tracked tracked = new Tracked(own == null ? null : own[0], session.getPeerCertificates()[0], end);
        connections.add(tracked);
        tracked.endIfDropped(); // the file may have changed since the handshake
        return tracked;
    }

    /** An open connection. */
    public final class Tracked implements AutoCloseable {
        private final @Nullable Certificate own;
        private final Certificate peer;
        private final Runnable end;

        private Tracked(@Nullable Certificate own, Certificate peer, Runnable end) {
            this.own = own;
            this.peer = peer;
            this.end = end;
        }

        private void endIfDropped() {
            Set<X509Certificate> trusted = trusted();
            if (!trusted.contains(peer) || (own != null && !trusted.contains(own))) {
                end.run();
            }
        }

        @Override
        public void close() {
            connections.remove(this);
        }
    }

    /**
     * Secrets that all members derive alike: one from each key in force, first from the one that is shown; none without keys. While the key is
     * changed in its three steps, any member's first is among every other's.
     *
     * @param purpose separates one use from any other
     * @param bytes of each
     */
    public List<byte[]> secrets(String purpose, int bytes) {
        List<byte[]> secrets = new ArrayList<>();
        try {
            for (KeySet.Key key : held()) {
                secrets.add(key.secret(purpose, bytes));
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HKDF", e);
        }
        return secrets;
    }

    /** Puts the proof before a command that whoever proposes it holds a key of this cluster, as this node must. Any thread. */
    public byte[] seal(byte[] command) {
        KeySet.Key shown = Objects.requireNonNull(state.now(), "nothing proposes without keys")
                .shown();
        byte[] sealed = Arrays.copyOf(mac(shown, command), PROOF_BYTES + command.length);
        System.arraycopy(command, 0, sealed, PROOF_BYTES, command.length);
        return sealed;
    }

    /** The command in it; null if the proof is missing or made with no key of this cluster. Any thread. */
    public byte @Nullable [] open(byte[] sealed) {
        if (sealed.length < PROOF_BYTES) {
            return null;
        }
        byte[] proof = Arrays.copyOf(sealed, PROOF_BYTES);
        byte[] command = Arrays.copyOfRange(sealed, PROOF_BYTES, sealed.length);
        for (KeySet.Key key : held()) {
            if (MessageDigest.isEqual(proof, mac(key, command))) {
                return command;
            }
        }
        return null;
    }

    private static byte[] mac(KeySet.Key key, byte[] command) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(key.mac());
            return mac.doFinal(command);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + MAC, e);
        }
    }
}
