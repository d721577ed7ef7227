package io.evenkeel.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.Outcome.Nothing;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Errors in the threads of the peer channel: each ends one connection at most, and is counted. */
@Timeout(60)
class PeerFaultsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Outcome<Nothing> PONG = new Outcome.NotDone<>("pong");
    private static final PeerHandlers PONGS = PeerHandlers.of(
            PeerHandlers.on(Ping.KIND, ping -> {
                if (ping.text().equals("error")) {
                    throw new StackOverflowError("planted");
                }
                return PONG;
            }),
            PeerHandlers.on(Unreadable.KIND, _ -> Outcome.done()));

    private final VirtualTime time = new VirtualTime();
    private final Daemons daemons = new Daemons(time, fault -> {
        throw new AssertionError(fault);
    });
    private final ControlCounters counters = new ControlCounters();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private PeerClient connect(ServerSocket listener) throws IOException {
        PeerServer server = new PeerServer(
                listener, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null, PONGS, counters, daemons);
        open.add(server);
        InetSocketAddress address = server.address();
        PeerClient client = new PeerClient(() -> Map.of("n1", List.of(address)), null, counters, daemons, Time.SYSTEM);
        open.add(client);
        return client;
    }

    private void awaitFault(String work) {
        await().atMost(LONG).untilAsserted(() -> assertThat(daemons.faults()).containsEntry(work, 1L));
    }

    /** A request whose answer is read with an error. */
    record Unreadable() implements Request<Nothing> {
        static final RequestKind<Unreadable, Nothing> KIND =
                new RequestKind<>(62, "UNREADABLE", _ -> new Unreadable(), (_, _) -> {}, _ -> {
                    throw new StackOverflowError("planted");
                });

        @Override
        public RequestKind<Unreadable, Nothing> kind() {
            return KIND;
        }

        @Override
        public void write(FieldWriter out) {
            // It says nothing.
        }
    }

    @Test
    void errorInTheReaderOfAnswersEndsTheConnectionAndTheNextRequestMakesAnother() throws Exception {
        PeerClient client = connect(new ServerSocket());
        assertThat(client.call("n1", new Ping("x"), LONG)).isEqualTo(PONG);
        assertThat(client.call("n1", new Unreadable(), LONG))
                .isInstanceOfSatisfying(
                        Outcome.Unknown.class,
                        unknown -> assertThat(unknown.why()).contains("a fault of this node"));
        awaitFault("peer-answers");
        assertThat(client.call("n1", new Ping("x"), LONG)).isEqualTo(PONG);
        assertThat(counters.get(ControlCounters.Counter.PEER_ACCEPTED)).isEqualTo(2);
        assertThat(daemons.faults())
                .containsOnlyKeys("peer-accept", "peer-answers", "peer-connect", "peer-connection", "peer-requests")
                .containsEntry("peer-answers", 1L);
    }

    @Test
    void errorInTheAnsweringNodeIsAnsweredAndTheConnectionGoesOn() throws Exception {
        PeerClient client = connect(new ServerSocket());
        assertThat(client.call("n1", new Ping("error"), LONG))
                .isEqualTo(new Outcome.Unknown<Nothing>("a fault of the answering node: StackOverflowError"));
        assertThat(client.call("n1", new Ping("x"), LONG)).isEqualTo(PONG);
        assertThat(counters.get(ControlCounters.Counter.PEER_ACCEPTED)).isEqualTo(1);
    }

    @Test
    void errorInTheThreadThatAcceptsIsCountedAndTheNextConnectionIsAccepted() throws Exception {
        AtomicBoolean planted = new AtomicBoolean(true);
        PeerClient client = connect(new ServerSocket() {
            @Override
            public Socket accept() throws IOException {
                if (planted.getAndSet(false)) {
                    throw new StackOverflowError("planted");
                }
                return super.accept();
            }
        });
        time.awaitWaiting(1);
        assertThat(daemons.faults()).containsEntry("peer-accept", 1L);
        CompletableFuture<Outcome<Nothing>> pong = client.send("n1", new Ping("x"));
        time.advance(Duration.ofMillis(100));
        assertThat(pong.get()).isEqualTo(PONG);
    }

    @Test
    void errorInTheReaderOfRequestsEndsThatConnectionAlone() throws Exception {
        AtomicBoolean planted = new AtomicBoolean(true);
        PeerClient client = connect(new ServerSocket() {
            @Override
            public Socket accept() throws IOException {
                Socket raw = planted.getAndSet(false) ? new UnreadableSocket() : new Socket();
                implAccept(raw);
                return raw;
            }
        });
        assertThat(client.call("n1", new Ping("x"), LONG)).isInstanceOf(Outcome.Unknown.class);
        awaitFault("peer-connection");
        assertThat(client.call("n1", new Ping("x"), LONG)).isEqualTo(PONG);
        assertThat(daemons.faults()).containsEntry("peer-accept", 0L).containsEntry("peer-answers", 0L);
    }

    private static final class UnreadableSocket extends Socket {
        @Override
        public InputStream getInputStream() {
            throw new StackOverflowError("planted");
        }
    }
}
