package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Elsewhere only one address of 127/8 is this machine's. */
@EnabledOnOs(OS.LINUX)
class SlowConnectionsTest {
    private static final int PATIENCE_MILLIS = 30_000;

    private static ServerSocket node() throws IOException {
        ServerSocket node = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
        node.setSoTimeout(PATIENCE_MILLIS);
        return node;
    }

    private static Socket accepted(ServerSocket node) throws IOException {
        Socket socket = node.accept();
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    @Test
    void theyComeFromManyAddressesSendOctetByOctetAndComeAgain() throws Exception {
        List<Socket> open = new ArrayList<>();
        try (ServerSocket node = node()) {
            try (SlowConnections slow =
                    new SlowConnections(new InetSocketAddress(node.getInetAddress(), node.getLocalPort()), 3, 2)) {
                slow.awaitAllTried();
                for (int i = 0; i < 3; i++) {
                    open.add(accepted(node));
                }
                assertThat(open.stream().map(socket -> socket.getInetAddress().getHostAddress()))
                        .containsExactlyInAnyOrder("127.9.0.1", "127.9.0.2", "127.9.0.1");
                assertThat(open.getFirst().getInputStream().readNBytes(2)).containsExactly(1, 1);
                open.getFirst().close();
                open.add(accepted(node));
                slow.awaitRound();
                assertThat(slow.toString()).startsWith("3 slow connections: opened 4 times");
            }
            assertThat(open.get(1).getInputStream().readAllBytes()).containsOnly(1); // it comes to an end
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void aNodeThatIsNotThereIsAskedAgain() throws Exception {
        InetSocketAddress nowhere;
        try (ServerSocket gone = node()) {
            nowhere = new InetSocketAddress(gone.getInetAddress(), gone.getLocalPort());
        }
        try (SlowConnections slow = new SlowConnections(nowhere, 2, 1)) {
            slow.awaitAllTried();
            slow.awaitRound();
            assertThat(slow.toString())
                    .contains("opened 0 times", "refused or reset ")
                    .doesNotContain("came to an end");
        }
    }

    @Test
    void moreThanThisProcessMayOpenIsRefusedBefore() {
        assertThatThrownBy(() -> new SlowConnections(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), Integer.MAX_VALUE, 1)
                        .close())
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("open files");
    }
}
