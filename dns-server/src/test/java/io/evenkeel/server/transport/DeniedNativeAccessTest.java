package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.server.ChildJvm;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.zones.Catalog;
import java.io.PrintStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A JVM that may call no C at all. */
final class DeniedNativeAccessTest extends ListenersFixture {
    @Test
    void withoutNativeAccessItAnswersThroughTheJdkAndSaysWhy() throws Exception {
        String said = ChildJvm.run(List.of("-Xmx256m", "--illegal-native-access=deny"), DeniedNativeAccessTest.class);
        assertThat(said)
                .contains("kind NIO\n")
                .contains("answered 7\n")
                .containsPattern("why .*[Ii]llegal native access");
    }

    /** What that JVM does: one question and its answer. */
    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        Sockets sockets = Sockets.best(true);
        out.println("kind " + sockets);
        out.println("why " + Sockets.whyNotBatched());
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (AnswerLoops loops = AnswerLoops.start(
                        sockets, "test", 1, AnswerSource.plain(Catalog::new, 1232), TestListeners.PATIENT);
                DnsListeners listeners = DnsListeners.bind(
                        loops, List.of(ListenPoint.plain(anyPort)), TcpSettings.of(1, Duration.ofSeconds(10)));
                DatagramSocket client = new DatagramSocket()) {
            listeners.open();
            client.connect(listeners.addresses().getFirst());
            client.setSoTimeout(PATIENCE_MILLIS);
            send(client, 7);
            out.println("answered " + receive(client));
        }
    }
}
