package io.evenkeel.server.transport;

import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.Client;
import io.evenkeel.server.query.MessageKinds;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.QueryHandler;
import io.evenkeel.server.query.Transport;
import io.evenkeel.server.query.Verdict;
import io.evenkeel.zones.Catalog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;

/**
 * For a fuzzer: how a stream is cut into reads, then the stream. The first octet says how many octets of cuts follow; each is one
 * read, or a turn of the client between reading its answers and not. Whatever the cuts, the answers must be those to the
 * messages of the stream, one by one, and nothing may be held when the connection has ended.
 */
public final class FramingTarget {
    private static final int TURN = 0xC0;
    private static final int PREFIX = 2;
    private static final byte[] BYTE_BY_BYTE = {0};

    private final byte[] cuts;
    private final byte[] stream;
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
    private final TransportCounters counters = new TransportCounters();
    private final TcpConnections connections = new TcpConnections(TcpSettings.of(1, Duration.ofSeconds(10)), counters);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final ByteArrayOutputStream answers = new ByteArrayOutputStream();
    private int delivered;

    private FramingTarget(byte[] cuts, byte[] stream) {
        this.cuts = cuts;
        this.stream = stream;
    }

    /** Throws if an invariant is broken. */
    public static void fuzzerTestOneInput(byte[] input) {
        int cuts = input.length == 0 ? 0 : 1 + (input[0] & 0x0F);
        if (input.length > cuts) {
            byte[] stream = Arrays.copyOfRange(input, cuts, input.length);
            new FramingTarget(cuts(Arrays.copyOfRange(input, 1, cuts)), stream).run();
        }
    }

    /** A client that never sends would have no stream. */
    private static byte[] cuts(byte[] asked) {
        for (byte cut : asked) {
            if ((cut & 0xFF) < TURN) {
                return asked;
            }
        }
        return BYTE_BY_BYTE;
    }

    private void run() {
        QueryCounters queries = new QueryCounters();
        AnswerLoop loop = loop(queries);
        channel.config().setAllocator(allocator);
        TcpConnection connection = new TcpConnection(channel, loop, TestListeners.FOR_ALL, connections, counters);
        channel.pipeline().addLast(connection);
        connection.channelActive(channel.pipeline().lastContext()); // an embedded channel is so before it has handlers
        hold(connections.count() == 1, "not counted");
        boolean reads = true;
        for (int i = 0; delivered < stream.length && channel.isOpen(); i++) {
            int cut = cuts[i % cuts.length] & 0xFF;
            if (cut >= TURN) {
                reads = !reads;
                setWritable(reads);
            } else if (channel.config().isAutoRead()) {
                deliver(cut < 0x80 ? 1 + cut : (cut - 0x7F) * 256);
            } else {
                reads = true;
                setWritable(true);
            }
            takeAnswers();
        }
        setWritable(true);
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        takeAnswers();
        hold(!channel.isOpen(), "not closed after the client has ended and has all answers");
        hold(queries.failures() == 0, "a fault of this program");
        hold(Arrays.equals(expected(), answers.toByteArray()), "other answers than the messages have one by one");
        hold(connections.count() == 0, "still counted");
        hold(counters.tcpOversize() == 0, "more was held than is possible");
        channel.finishAndReleaseAll();
        hold(allocator.metric().usedHeapMemory() == 0, "heap buffers are left over");
        hold(allocator.metric().usedDirectMemory() == 0, "direct buffers are left over");
    }

    private AnswerLoop loop(QueryCounters queries) {
        // All is answered at once, so in order.
        MessageKinds kinds = MessageKinds.standard(Catalog::new).withAxfr((_, _) -> Verdict.REFUSED);
        return new AnswerLoop(
                channel.eventLoop(),
                new QueryHandler(
                        new AnswerSource(Catalog::new, kinds, AnswerSettings.plain(1232), () -> false), queries),
                queries,
                null,
                new ReceiveControl(ReceiveSettings.DEFAULT, queries),
                new DetachedRequests(Duration.ofSeconds(1), Duration.ofSeconds(1)));
    }

    private void deliver(int most) {
        int octets = Math.min(Math.min(most, TransportLimits.TCP_READ_BYTES), stream.length - delivered);
        ByteBuf read = allocator.heapBuffer(TransportLimits.TCP_READ_BYTES);
        read.writeBytes(stream, delivered, octets);
        delivered += octets;
        channel.writeInbound(read);
    }

    private void setWritable(boolean writable) {
        if (channel.isOpen()) {
            channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
            channel.runPendingTasks();
        }
    }

    private void takeAnswers() {
        channel.runPendingTasks();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            byte[] octets = new byte[out.readableBytes()];
            out.readBytes(octets);
            answers.writeBytes(octets);
            out.release();
        }
    }

    /** RFC 7766 §8: two octets of length, then a message. */
    private byte[] expected() {
        QueryCounters queries = new QueryCounters();
        AnswerLoop loop = loop(queries);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int at = 0;
        while (at + PREFIX <= stream.length) {
            int length = (stream[at] & 0xFF) << 8 | (stream[at + 1] & 0xFF);
            if (at + PREFIX + length > stream.length) {
                break;
            }
            System.arraycopy(stream, at + PREFIX, loop.in, 0, length);
            int answer = loop.answer(length, Transport.TCP, Client.UNKNOWN);
            if (answer > 0) {
                all.write(answer >> 8);
                all.write(answer);
                all.write(loop.out, 0, answer);
            }
            at += PREFIX + length;
        }
        return all.toByteArray();
    }

    private static void hold(boolean condition, String violation) {
        if (!condition) {
            throw new AssertionError(violation);
        }
    }
}
