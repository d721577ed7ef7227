package io.evenkeel.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterTlsTest {
    @TempDir
    Path directory;

    @Test
    void trustsItsOwnCertificateOnly() throws Exception {
        ClusterTls ours = ClusterTls.load(TestKeys.make(directory.resolve("ours.p12")));
        ClusterTls theirs = ClusterTls.load(TestKeys.make(directory.resolve("theirs.p12")));

        ours.trust().checkServerTrusted(new X509Certificate[] {ours.certificate()}, "ECDHE_ECDSA");
        assertThatThrownBy(() ->
                        ours.trust().checkServerTrusted(new X509Certificate[] {theirs.certificate()}, "ECDHE_ECDSA"))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> ours.trust().checkClientTrusted(new X509Certificate[0], "ECDHE_ECDSA"))
                .isInstanceOf(CertificateException.class);
    }

    @Test
    void keyFileThatIsMissingIsNamedWithTheRemedy() {
        assertThatThrownBy(() -> ClusterTls.load(directory.resolve("none.p12")))
                .isInstanceOf(ClusterKeyException.class)
                .hasMessageContaining("none.p12")
                .hasMessageContaining("copy it from another member");
    }

    @Test
    void keyFileThatIsNoKeyFileIsNamed() throws Exception {
        Path file = Files.writeString(directory.resolve("text.p12"), "hello");
        assertThatThrownBy(() -> ClusterTls.load(file))
                .isInstanceOf(ClusterKeyException.class)
                .hasMessageContaining("not a readable PKCS12 file");
    }

    @Test
    void keyFileWithAnotherAliasIsRefused() throws Exception {
        Path file = TestKeys.make(directory.resolve("other.p12"), "web");
        assertThatThrownBy(() -> ClusterTls.load(file)).hasMessageContaining("alias 'cluster'");
    }

    @Test
    void loadsAgainAndAgain() throws Exception {
        Path file = TestKeys.make(directory.resolve("ours.p12"));
        assertThat(ClusterTls.load(file).certificate())
                .isEqualTo(ClusterTls.load(file).certificate());
    }
}
