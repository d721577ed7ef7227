package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.CookieSecrets;
import io.evenkeel.server.query.CookieState;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** RFC 7766 over real connections. */
final class TcpConnectionTest extends ListenersFixture {
    @Test
    void manyQuestionsMayBeAskedAtOnceOverOneConnection() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(true), 1), "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            int count = 20_000;
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    DataOutputStream out =
                            new DataOutputStream(new java.io.BufferedOutputStream(tcp.getOutputStream()));
                    for (int i = 0; i < count; i++) {
                        out.writeShort(QUESTION.length);
                        out.write(question(i));
                    }
                    out.flush();
                    tcp.shutdownOutput();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(tcp.getInputStream()));
            for (int i = 0; i < count; i++) {
                assertThat(read(in)).isEqualTo(i & 0xffff);
            }
            writer.join();
            assertThat(in.read()).as("closed once all is answered").isEqualTo(-1);
        }
    }

    @Test
    void aQuestionMayComeInPieces() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(true), 1), "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            byte[] question = question(9);
            tcp.getOutputStream().write(0);
            for (byte octet : new byte[] {(byte) QUESTION.length}) {
                tcp.getOutputStream().write(octet);
            }
            for (byte octet : question) {
                tcp.getOutputStream().write(octet);
                tcp.getOutputStream().flush();
            }
            assertThat(read(tcp)).isEqualTo(9);
        }
    }

    @Test
    void aConnectionThatNeverCompletesAQuestionIsClosedThoughItSends() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(true), 1), "127.0.0.1", 10, Duration.ofSeconds(1));
        listeners.open();
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            tcp.getOutputStream().write(new byte[] {0, 100});
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        try {
                            tcp.getOutputStream().write(1);
                        } catch (SocketException e) {
                            return true;
                        }
                        return false;
                    });
        }
        assertThat(listeners.counters().tcpIdleClosed()).isEqualTo(1);
        await().until(() -> listeners.tcpConnections() == 0);
    }

    @Test
    void oneConnectionTooManyClosesTheIdlest() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(true), 2), "127.0.0.1", 2, Duration.ofSeconds(60));
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        try (Socket first = connect(server);
                Socket second = connect(server)) {
            write(first, 1);
            assertThat(read(first)).isEqualTo(1);
            write(second, 2);
            assertThat(read(second)).isEqualTo(2);
            write(first, 3);
            assertThat(read(first)).isEqualTo(3);
            try (Socket third = connect(server)) {
                write(third, 4);
                assertThat(read(third)).isEqualTo(4);
                assertThat(second.getInputStream().read()).isEqualTo(-1);
                write(first, 5);
                assertThat(read(first)).isEqualTo(5);
            }
        }
        assertThat(listeners.counters().tcpEvicted()).isEqualTo(1);
    }

    @Test
    void aClientThatDoesNotReadIsNotReadFromAndOthersAreAnswered() throws Exception {
        AnswerLoops loops = loops(Sockets.best(true), 1);
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(2));
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        try (Socket greedy = new Socket()) {
            greedy.setReceiveBufferSize(4096);
            greedy.connect(server, PATIENCE_MILLIS);
            byte[] frame = new byte[2 + QUESTION.length];
            frame[1] = (byte) QUESTION.length;
            System.arraycopy(QUESTION, 0, frame, 2, QUESTION.length);
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        greedy.getOutputStream().write(frame);
                    }
                } catch (IOException e) {
                    // Closed as idle: it stopped taking what it asked for.
                    assertThat(e).isInstanceOf(SocketException.class);
                }
            });
            DatagramSocket other = client(server);
            send(other, 6);
            assertThat(receive(other)).isEqualTo(6);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> listeners.counters().tcpIdleClosed() == 1);
            writer.join();
        }
    }

    /** Its oldest question waits for longer than a connection may be idle, though each write moves on. */
    @Test
    void aClientThatTakesItsAnswersTooSlowlyIsClosed() throws Exception {
        AnswerLoops loops = loopsWith(largeRRset());
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(2));
        listeners.open();
        int questions = 400;
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(4096);
            slow.setSoTimeout(PATIENCE_MILLIS);
            slow.connect(listeners.addresses().getFirst(), PATIENCE_MILLIS);
            for (int i = 0; i < questions; i++) {
                slow.getOutputStream().write(frame(questionForTxt()));
            }
            int[] taken = {0};
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        try {
                            readMessage(slow);
                            taken[0]++;
                        } catch (SocketException | EOFException e) {
                            return true;
                        }
                        return false;
                    });
            assertThat(taken[0]).isLessThan(questions);
        }
        assertThat(listeners.counters().tcpIdleClosed()).isEqualTo(1);
    }

    @Test
    void questionsInOneSegmentAreAnsweredBeforeTheOneThatIsCutOff() throws Exception {
        try (Socket tcp = connect(listening())) {
            ByteBuffer segment = ByteBuffer.allocate(3 * (2 + QUESTION.length));
            for (int id = 1; id <= 3; id++) {
                segment.putShort((short) QUESTION.length).put(question(id));
            }
            int cut = segment.capacity() - 10;
            tcp.getOutputStream().write(segment.array(), 0, cut);
            assertThat(read(tcp)).isEqualTo(1);
            assertThat(read(tcp)).isEqualTo(2);
            tcp.getOutputStream().write(segment.array(), cut, 10);
            assertThat(read(tcp)).isEqualTo(3);
        }
    }

    @Test
    void aSlowSenderIsServed() throws Exception {
        try (Socket tcp = connect(listening())) {
            byte[] frame = frame(question(4));
            for (int at = 0; at < frame.length; at += 8) {
                Thread.sleep(300); // the gap is what is tested
                tcp.getOutputStream().write(frame, at, Math.min(8, frame.length - at));
            }
            assertThat(read(tcp)).isEqualTo(4);
        }
    }

    @Test
    void whatGetsAnErrorOrNoAnswerLeavesTheConnectionOpen() throws Exception {
        AnswerLoops loops = loops(Sockets.best(true), 1);
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            byte[] unknownOpcode = question(1);
            unknownOpcode[2] = 0x78;
            byte[] twoQuestions = question(2);
            twoQuestions[5] = 2;
            byte[] response = question(3);
            response[2] = (byte) 0x80;
            for (byte[] message : List.of(
                    unknownOpcode, new byte[0], twoQuestions, new byte[1], new byte[11], response, question(4))) {
                tcp.getOutputStream().write(frame(message));
            }
            assertThat(readMessage(tcp)[3] & 0xF).isEqualTo(Rcode.NOTIMP);
            assertThat(readMessage(tcp)[3] & 0xF).isEqualTo(Rcode.FORMERR);
            assertThat(read(tcp)).as("nothing in between").isEqualTo(4);
        }
        QueryCounters counters = QueryCounters.sum(loops.counters());
        assertThat(counters.drops(DropReason.SHORT)).isEqualTo(3);
        assertThat(counters.drops(DropReason.RESPONSE)).isEqualTo(1);
    }

    @Test
    void aFaultOfTheProgramEndsTheConnectionIsCountedAsSuchAndLeaksNothing() throws Exception {
        int[] asked = {0};
        AnswerLoops loops = open(AnswerLoops.start(
                Sockets.best(true),
                "test",
                1,
                AnswerSource.plain(
                        () -> {
                            if (++asked[0] == 3) {
                                throw new AssertionError("planted");
                            }
                            return new Catalog();
                        },
                        1232),
                TestListeners.PATIENT));
        TransportCounters counters = new TransportCounters();
        EmbeddedChannel channel = new EmbeddedChannel();
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
        channel.config().setAllocator(allocator);
        channel.pipeline()
                .addLast(new TcpConnection(
                        channel,
                        loops.first(),
                        TestListeners.FOR_ALL,
                        new TcpConnections(TcpSettings.of(10, Duration.ofSeconds(10)), counters),
                        counters));
        ByteBuf segment = allocator.directBuffer();
        for (int id = 1; id <= 3; id++) {
            segment.writeBytes(frame(question(id)));
        }
        channel.writeInbound(segment);
        assertThat(asked[0]).isEqualTo(3);
        assertThat(channel.isOpen()).isFalse();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        assertThat(loops.counters().getFirst().failures()).isEqualTo(1);
        assertThat(counters.socketErrors()).isZero();
        EmbeddedChannel other = new EmbeddedChannel(new TcpConnection(
                channel,
                loops.first(),
                TestListeners.FOR_ALL,
                new TcpConnections(TcpSettings.of(10, Duration.ofSeconds(10)), counters),
                counters));
        other.pipeline().fireExceptionCaught(new IOException("reset by the client"));
        assertThat(loops.counters().getFirst().failures()).isEqualTo(1);
        assertThat(counters.socketErrors()).isEqualTo(1);
    }

    @Test
    void aClientMayEndItsSideBeforeItsAnswerHasCome() throws Exception {
        try (Socket tcp = connect(listening())) {
            write(tcp, 5);
            tcp.shutdownOutput();
            assertThat(read(tcp)).isEqualTo(5);
            assertThat(tcp.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aClientThatEndsItsSideWithinAQuestionGetsNoAnswer() throws Exception {
        try (Socket tcp = connect(listening())) {
            write(tcp, 6);
            tcp.getOutputStream().write(frame(question(7)), 0, 20);
            tcp.shutdownOutput();
            assertThat(read(tcp)).isEqualTo(6);
            assertThat(tcp.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aQuestionMayHaveAllTheOctetsThatItsLengthCanSay() throws Exception {
        ByteBuffer longest = ByteBuffer.allocate(65_535).put(question(8));
        longest.put(new byte[] {0, 0, 41, 4, (byte) 208, 0, 0, 0, 0})
                .putShort((short) (65_535 - QUESTION.length - 11))
                .putShort((short) 65_001) // an option that nobody knows
                .putShort((short) (65_535 - QUESTION.length - 15));
        longest.put(11, (byte) 1);
        try (Socket tcp = connect(listening())) {
            for (int i = 0; i < 3; i++) {
                tcp.getOutputStream().write(frame(longest.array()));
                write(tcp, 9);
            }
            for (int i = 0; i < 3; i++) {
                Message answer = new Message(readMessage(tcp));
                assertThat(answer.getHeader().getID()).isEqualTo(8);
                assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
                assertThat(answer.getOPT()).isNotNull();
                assertThat(read(tcp)).isEqualTo(9);
            }
        }
    }

    @Test
    void anAnswerMayHaveAlmostAsMany() throws Exception {
        List<Record> records = largeRRset();
        DnsListeners listeners = bind(loopsWith(records), "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        byte[] question = questionForTxt();
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            for (int i = 0; i < 20; i++) {
                tcp.getOutputStream().write(frame(question));
            }
            for (int i = 0; i < 20; i++) {
                byte[] answer = readMessage(tcp);
                assertThat(answer)
                        .hasSize(QUESTION.length + 263 * (records.size() - 1))
                        .hasSizeGreaterThan(64_800);
                assertThat(new Message(answer).getSection(Section.ANSWER)).hasSize(records.size() - 1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aCookieLearnedOverUdpIsGoodOverTcpFromTheSameAddress(String host) throws Exception {
        Assumptions.assumeTrue(host.equals("127.0.0.1") || hasIpv6());
        CookieSecrets cookies = CookieSecrets.create(() -> 1_700_000_000L);
        AnswerSettings settings =
                new AnswerSettings(1232, 8, "n1", "test", false, cookies, false, () -> Duration.ofSeconds(10));
        AnswerLoops loops = open(AnswerLoops.start(
                Sockets.best(true),
                "test",
                1,
                new AnswerSource(Catalog::new, settings, () -> false),
                TestListeners.PATIENT));
        DnsListeners listeners = bind(loops, host, 10, Duration.ofSeconds(10));
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        byte[] clientCookie = {1, 2, 3, 4, 5, 6, 7, 8};
        DatagramSocket udp = client(server);
        byte[] asked = withCookie(clientCookie);
        udp.send(new DatagramPacket(asked, asked.length));
        DatagramPacket reply = new DatagramPacket(new byte[512], 512);
        udp.receive(reply);
        byte[] learned = cookie(Arrays.copyOf(reply.getData(), reply.getLength()));
        assertThat(learned).hasSize(24).startsWith(clientCookie);
        try (Socket tcp = connect(server)) {
            tcp.getOutputStream().write(frame(withCookie(learned)));
            assertThat(cookie(readMessage(tcp))).isEqualTo(learned);
        }
        assertThat(QueryCounters.sum(loops.counters()).cookies(CookieState.NEW)).isEqualTo(1);
        assertThat(QueryCounters.sum(loops.counters()).cookies(CookieState.VALID))
                .isEqualTo(1);
        if (host.equals("127.0.0.1")) {
            DatagramSocket elsewhere = open(new DatagramSocket(new InetSocketAddress("127.0.0.2", 0)));
            elsewhere.setSoTimeout(PATIENCE_MILLIS);
            byte[] stolen = withCookie(learned);
            elsewhere.send(new DatagramPacket(stolen, stolen.length, server));
            elsewhere.receive(reply);
            assertThat(QueryCounters.sum(loops.counters()).cookies(CookieState.INVALID))
                    .isEqualTo(1);
        }
    }

    private static byte[] withCookie(byte[] cookie) throws IOException {
        Message message = new Message(question(1));
        message.addRecord(
                new OPTRecord(1232, 0, 0, 0, new GenericEDNSOption(EDNSOption.Code.COOKIE, cookie)),
                Section.ADDITIONAL);
        return message.toWire();
    }

    private static byte[] cookie(byte[] answer) throws IOException {
        EDNSOption option = Objects.requireNonNull(new Message(answer).getOPT())
                .getOptions(EDNSOption.Code.COOKIE)
                .getFirst();
        byte[] wire = option.toWire();
        return Arrays.copyOfRange(wire, 4, wire.length);
    }

    private InetSocketAddress listening() throws IOException {
        DnsListeners listeners = bind(loops(Sockets.best(true), 1), "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        return listeners.addresses().getFirst();
    }

    /** An SOA record and the largest RRset that a zone may have. */
    private static List<Record> largeRRset() throws IOException {
        List<Record> records = new ArrayList<>();
        Name apex = Name.fromConstantString("example.");
        records.add(Record.fromString(apex, Type.SOA, DClass.IN, 60, "ns hostmaster 1 1 1 1 1", apex));
        Name owner = Name.fromConstantString("www.example.");
        int octets = 0;
        for (int i = 0; octets + 12 + 251 <= Zone.MAX_RRSET_BYTES; i++) {
            records.add(Record.fromString(owner, Type.TXT, DClass.IN, 60, "\"%0250d\"".formatted(i), apex));
            octets += 12 + 251;
        }
        return records;
    }

    private AnswerLoops loopsWith(List<Record> records) {
        Catalog catalog =
                new Catalog().with(Zone.load(Name.fromConstantString("example."), new ZoneVersion(1, 1), records));
        return open(AnswerLoops.start(
                Sockets.best(true), "test", 1, AnswerSource.plain(() -> catalog, 1232), TestListeners.PATIENT));
    }

    private static byte[] questionForTxt() {
        byte[] question = question(10);
        question[QUESTION.length - 3] = Type.TXT;
        return question;
    }
}
