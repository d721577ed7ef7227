package io.evenkeel.consensus.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterKeysTest {
    @TempDir
    private static Path made = Path.of("");

    private static Path first = Path.of("");
    private static Path second = Path.of("");
    private static Path expired = Path.of("");
    private static Path early = Path.of("");

    @TempDir
    private Path directory = Path.of("");

    private Path file = Path.of("");

    @BeforeAll
    static void keys() throws Exception {
        first = TestKeys.file(made, "first");
        second = TestKeys.file(made, "second");
        expired = TestKeys.expired(made, "expired");
        early = TestKeys.file(made, "early", "-startdate", "+2d", "-validity", "3");
    }

    @BeforeEach
    void begin() throws Exception {
        file = directory.resolve("key.p12");
        Files.copy(first, file, StandardCopyOption.COPY_ATTRIBUTES);
    }

    private static X509Certificate certificate(Path of) throws Exception {
        return (X509Certificate) TestKeys.read(of).getCertificate("cluster");
    }

    private static void show(ClusterKeys keys, Path of) throws Exception {
        keys.trustManager().checkServerTrusted(new X509Certificate[] {certificate(of)}, "ECDHE_ECDSA");
    }

    private static X509Certificate shown(ClusterKeys keys) {
        String alias = Objects.requireNonNull(keys.keyManager().chooseEngineServerAlias("EC", null, null));
        return Objects.requireNonNull(keys.keyManager().getCertificateChain(alias))[0];
    }

    /** A change is taken over once it was seen twice. */
    private static void settle(ClusterKeys keys) {
        keys.poll();
        keys.poll();
    }

    @Test
    void letsInItsOwnCertificatesOnly() throws Exception {
        ClusterKeys keys = ClusterKeys.load(file);
        show(keys, first);
        assertThatThrownBy(() -> show(keys, second)).hasMessageContaining("not a certificate of this cluster");
        assertThatThrownBy(() -> keys.trustManager().checkClientTrusted(new X509Certificate[0], "ECDHE_ECDSA"))
                .hasMessageContaining("not a certificate of this cluster");
    }

    @Test
    void certificateOutsideItsDatesIsRefusedThoughItIsTrusted() throws Exception {
        TestKeys.write(file, first, expired, early);
        ClusterKeys keys = ClusterKeys.load(file);
        show(keys, first);
        assertThatThrownBy(() -> show(keys, expired)).isInstanceOf(CertificateExpiredException.class);
        assertThatThrownBy(() -> show(keys, early)).isInstanceOf(CertificateNotYetValidException.class);
    }

    @Test
    void nodeWithAnExpiredKeyStillStarts() throws Exception {
        assertThat(shown(ClusterKeys.load(expired))).isEqualTo(certificate(expired));
    }

    @Test
    void withoutKeysNobodyIsLetInUntilTheFileCanBeUsed() throws Exception {
        Path absent = directory.resolve("absent.p12");
        ClusterKeys keys = ClusterKeys.loadOrAwait(absent, InstantSource.system());
        assertThat(keys.isHeld()).isFalse();
        assertThat(keys.trouble()).contains("absent.p12: not there; copy it from another member");
        assertThat(keys.keyManager().chooseEngineServerAlias("EC", null, null)).isNull();
        assertThatThrownBy(() -> show(keys, first)).hasMessageContaining("not a certificate of this cluster");
        assertThat(keys.open(ClusterKeys.load(first).seal(new byte[] {1}))).isNull();
        assertThat(keys.secrets("this", 32)).isEmpty();
        assertThat(keys.shownUntil()).isEqualTo(Instant.EPOCH);
        settle(keys);
        assertThat(keys.failures()).as("what the start has told").isZero();

        Files.writeString(absent, "rubbish");
        settle(keys);
        assertThat(keys.trouble()).contains("not a readable PKCS12 file");
        assertThat(keys.failures()).isEqualTo(1);
        Files.copy(first, absent, StandardCopyOption.REPLACE_EXISTING);
        settle(keys);
        assertThat(keys.isHeld()).isTrue();
        assertThat(keys.trouble()).isEmpty();
        assertThat(keys.version()).isEqualTo(1);
        show(keys, first);
        Files.delete(absent);
        settle(keys);
        assertThat(keys.isHeld()).as("what was read stays").isTrue();
    }

    @Test
    void theClockThatIsGivenJudgesTheDates() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
        ClusterKeys keys = ClusterKeys.load(file, now::get);
        assertThat(keys.trouble()).isEmpty();
        show(keys, first);
        now.set(keys.shownUntil().plusSeconds(1));
        assertThat(keys.trouble()).contains("ended on " + keys.shownUntil(), "cluster key next");
        assertThatThrownBy(() -> show(keys, first)).isInstanceOf(CertificateExpiredException.class);
        now.set(Instant.EPOCH);
        assertThat(keys.trouble()).contains("is not valid before");
        assertThatThrownBy(() -> show(keys, first)).isInstanceOf(CertificateNotYetValidException.class);
        now.set(Instant.now());
        assertThat(keys.trouble()).isEmpty();
        show(keys, first);
    }

    @Test
    void keyWhoseDatesAreOverIsReplacedInTheUsualSteps() throws Exception {
        Files.copy(expired, file, StandardCopyOption.REPLACE_EXISTING);
        ClusterKeys keys = ClusterKeys.load(file);
        assertThat(keys.trouble()).contains("ended on");
        TestKeys.write(file, expired, second);
        settle(keys);
        show(keys, second);
        TestKeys.write(file, second, expired);
        settle(keys);
        assertThat(shown(keys)).isEqualTo(certificate(second));
        assertThat(keys.trouble()).isEmpty();
        assertThat(keys.failures()).isZero();
    }

    @Test
    void fileThatCannotBeUsedIsNamedWithTheRemedy() throws Exception {
        assertThatThrownBy(() -> ClusterKeys.load(directory.resolve("none.p12")))
                .isInstanceOf(ClusterKeyException.class)
                .hasMessageContaining("none.p12")
                .hasMessageContaining("copy it from another member");
        assertThatThrownBy(() -> ClusterKeys.load(Files.writeString(directory.resolve("text.p12"), "hello")))
                .isInstanceOf(ClusterKeyException.class)
                .hasMessageContaining("not a readable PKCS12 file");
        assertThatThrownBy(() -> ClusterKeys.load(
                        Files.write(directory.resolve("large.p12"), new byte[TrustLimits.KEY_FILE_BYTES + 1])))
                .isInstanceOf(ClusterKeyException.class)
                .hasMessageContaining("larger than");
        assertThatThrownBy(() -> ClusterKeys.load(TestKeys.file(directory, "web", "-alias", "web")))
                .isInstanceOf(ClusterKeyException.class)
                .hasMessageContaining("alias 'cluster'");
    }

    @Test
    void membersDeriveTheSameSecretsAndOthersForAnotherPurpose() throws Exception {
        ClusterKeys keys = ClusterKeys.load(file);
        byte[] secret = keys.secrets("this", 32).getFirst();
        assertThat(secret).hasSize(32);
        assertThat(ClusterKeys.load(first).secrets("this", 32)).containsExactly(secret);
        assertThat(keys.secrets("that", 32)).doesNotContain(secret);
        assertThat(ClusterKeys.load(second).secrets("this", 32)).doesNotContain(secret);
        TestKeys.write(file, first, second);
        assertThat(ClusterKeys.load(file).secrets("this", 32))
                .containsExactly(
                        secret, ClusterKeys.load(second).secrets("this", 32).getFirst());
    }

    @Test
    void rotationInStepsTakesEffectWithoutARestart() throws Exception {
        ClusterKeys keys = ClusterKeys.load(file);

        TestKeys.write(file, first, second);
        keys.poll();
        assertThat(keys.version()).as("it may be half written").isZero();
        keys.poll();
        assertThat(keys.version()).isEqualTo(1);
        assertThat(shown(keys)).isEqualTo(certificate(first));
        show(keys, second);

        TestKeys.write(file, second, first);
        settle(keys);
        assertThat(shown(keys)).isEqualTo(certificate(second));
        show(keys, first);

        Files.copy(second, file, StandardCopyOption.REPLACE_EXISTING);
        settle(keys);
        assertThat(shown(keys)).isEqualTo(certificate(second));
        assertThatThrownBy(() -> show(keys, first)).hasMessageContaining("not a certificate of this cluster");
        assertThat(keys.version()).isEqualTo(3);
        assertThat(keys.trustedCount()).isEqualTo(1);
        assertThat(keys.failures()).isZero();
    }

    @Test
    void unusableNewFileKeepsTheOldKeysAndIsCountedOnce() throws Exception {
        ClusterKeys keys = ClusterKeys.load(file);
        Files.writeString(file, "rubbish");
        settle(keys);
        settle(keys);
        assertThat(keys.failures()).isEqualTo(1);
        Files.delete(file);
        settle(keys);
        settle(keys);
        assertThat(keys.failures()).isEqualTo(2);
        TestKeys.write(file, first, second);
        settle(keys);
        assertThat(keys.version()).isEqualTo(1);
        show(keys, second);
    }

    @Test
    void keyThatNobodyCouldKnowYetIsNotShown() throws Exception {
        ClusterKeys keys = ClusterKeys.load(file);
        TestKeys.write(file, second, first);
        settle(keys);
        assertThat(keys.failures()).isEqualTo(1);
        assertThat(shown(keys)).isEqualTo(certificate(first));

        TestKeys.write(file, first, expired);
        settle(keys);
        TestKeys.write(file, expired, first);
        settle(keys);
        assertThat(keys.failures()).as("and none that is not valid").isEqualTo(2);
        assertThat(shown(keys)).isEqualTo(certificate(first));
    }

    @Test
    void handshakeThatSpansAChangeFindsKeyAndCertificateOfOnePair() throws Exception {
        TestKeys.write(file, first, second);
        ClusterKeys keys = ClusterKeys.load(file);
        String alias = Objects.requireNonNull(keys.keyManager().chooseEngineServerAlias("EC", null, null));
        Files.copy(second, file, StandardCopyOption.REPLACE_EXISTING);
        settle(keys);
        assertThat(keys.version()).isEqualTo(1);
        assertThat(keys.keyManager().getPrivateKey(alias)).isEqualTo(TestKeys.key(TestKeys.read(first)));
        assertThat(Objects.requireNonNull(keys.keyManager().getCertificateChain(alias))[0])
                .isEqualTo(certificate(first));
    }

    @Test
    void commandIsOpenedWithAnyKeyThatIsHeldAndNoOther() throws Exception {
        byte[] command = {1, 2, 3};
        ClusterKeys one = ClusterKeys.load(first);
        ClusterKeys other = ClusterKeys.load(second);
        TestKeys.write(file, first, second);
        ClusterKeys both = ClusterKeys.load(file);
        assertThat(both.open(one.seal(command))).isEqualTo(command);
        assertThat(both.open(other.seal(command))).isEqualTo(command);
        assertThat(one.open(other.seal(command))).isNull();
        assertThat(one.open(command)).isNull();
        byte[] changed = one.seal(command);
        changed[changed.length - 1] ^= 1;
        assertThat(one.open(changed)).isNull();
        byte[] shortened = Arrays.copyOf(one.seal(command), ClusterKeys.PROOF_BYTES);
        assertThat(one.open(shortened)).isNull();
    }
}
