package io.evenkeel.server.capacity;

import io.evenkeel.server.query.Probes;
import io.evenkeel.server.query.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;

/**
 * Asks each other member one DNS question a second over UDP and one over TCP, as a client would: a node that is dead, or cut off from
 * clients, tells nothing. All sockets of a round wait together and end with it, so a member that hangs holds nobody up; each
 * round takes new ports, so that in time each loop of a member is asked. One thread looks, any reads.
 */
final class Prober {
    private static final Logger LOG = LoggerFactory.getLogger(Prober.class);

    static final Duration EVERY = Duration.ofSeconds(1);

    private static final int MOST_ANSWER = 4096;

    private final Probes probes;
    private final Supplier<List<Target>> targets;
    private final long waitNanos;
    private volatile Map<String, Map<Transport, Probe>> last = Map.of();
    private final Map<String, Map<Transport, long[]>> counts = new HashMap<>();
    private long begunNanos = System.nanoTime() - EVERY.toNanos();

    /**
     * A member to ask.
     *
     * @param nsid as which it answers; empty: it says nothing of itself
     */
    record Target(String member, InetSocketAddress at, String nsid) {}

    /**
     * @param clientTimeout an answer that comes later is none
     * @param targets whom to ask at present
     */
    Prober(Probes probes, Duration clientTimeout, Supplier<List<Target>> targets) {
        this.probes = probes;
        this.targets = targets;
        this.waitNanos = Math.min(clientTimeout.toNanos(), EVERY.toNanos() * 9 / 10);
    }

    /** How the last question to that member ended. Any thread. */
    Probe last(String member, Transport transport) {
        return last.getOrDefault(member, Map.of()).getOrDefault(transport, Probe.NOT_ASKED);
    }

    /** Questions to that member that ended so, since the start of the process. Any thread. */
    synchronized long count(String member, Transport transport, Probe end) {
        long[] ends = counts.getOrDefault(member, Map.of()).get(transport);
        return ends == null ? 0 : ends[place(end)];
    }

    /** A round if one is due. */
    void look() {
        if (System.nanoTime() - begunNanos < EVERY.toNanos()) {
            return;
        }
        begunNanos = System.nanoTime();
        List<Target> asked = targets.get();
        Map<String, Map<Transport, Probe>> ends = new HashMap<>();
        try (Round round = new Round()) {
            for (Target target : asked) {
                for (Transport transport : Transport.values()) {
                    round.ask(target, transport);
                }
            }
            round.await(begunNanos + waitNanos);
            for (Question question : round.questions) {
                ends.computeIfAbsent(question.target.member, _ -> new EnumMap<>(Transport.class))
                        .put(question.transport, question.end);
            }
        } catch (IOException e) {
            // This node has no sockets to spare: that says nothing about the others.
            LOG.debug("other members are not probed", e);
            return;
        }
        last = ends;
        count(ends);
    }

    private synchronized void count(Map<String, Map<Transport, Probe>> ends) {
        ends.forEach((member, byTransport) -> byTransport.forEach((transport, end) -> counts.computeIfAbsent(
                        member, _ -> new EnumMap<>(Transport.class))
                .computeIfAbsent(transport, _ -> new long[Probe.values().length])[place(end)]++));
    }

    @SuppressWarnings("EnumOrdinal") // places in an array of this process only
    private static int place(Probe end) {
        return end.ordinal();
    }

    /** Forgets members that are gone. */
    synchronized void keepOnly(Set<String> members) {
        counts.keySet().retainAll(members);
    }

    /** One question on its way. */
    private static final class Question {
        final Target target;
        final Transport transport;
        final int id = ThreadLocalRandom.current().nextInt(1 << 16);
        final ByteBuffer out;
        final ByteBuffer in = ByteBuffer.allocate(MOST_ANSWER);
        Probe end = Probe.SILENT;

        Question(Target target, Transport transport, Probes probes) {
            this.target = target;
            this.transport = transport;
            byte[] probe = probes.make(id);
            out = ByteBuffer.allocate(Short.BYTES + probe.length);
            if (transport == Transport.TCP) {
                out.putShort((short) probe.length);
            }
            out.put(probe).flip();
        }
    }

    /** Whether something is still to come. */
    private enum Step {
        GOES_ON,
        OVER
    }

    private final class Round implements AutoCloseable {
        final List<Question> questions = new ArrayList<>();
        private final Selector selector = Selector.open();
        private int waiting;

        Round() throws IOException {}

        void ask(Target target, Transport transport) throws IOException {
            Question question = new Question(target, transport, probes);
            questions.add(question);
            SelectableChannel channel = transport == Transport.UDP ? DatagramChannel.open() : SocketChannel.open();
            try {
                channel.configureBlocking(false);
                channel.register(selector, 0, question);
                int wants = begin(channel, question);
                Objects.requireNonNull(channel.keyFor(selector)).interestOps(wants);
                waiting++;
            } catch (IOException | RuntimeException e) {
                LOG.debug("{} cannot be asked", target, e);
                channel.close();
            }
        }

        private int begin(SelectableChannel channel, Question question) throws IOException {
            if (channel instanceof DatagramChannel datagrams) {
                datagrams.connect(question.target.at);
                datagrams.write(question.out);
                return SelectionKey.OP_READ;
            }
            SocketChannel stream = (SocketChannel) channel;
            stream.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return stream.connect(question.target.at) ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT;
        }

        void await(long endNanos) throws IOException {
            long left = endNanos - System.nanoTime();
            while (waiting > 0 && left > 0) {
                selector.select(left / 1_000_000 + 1);
                for (SelectionKey key : selector.selectedKeys()) {
                    if (advance(key) == Step.OVER) {
                        key.cancel();
                        key.channel().close();
                        waiting--;
                    }
                }
                selector.selectedKeys().clear();
                left = endNanos - System.nanoTime();
            }
        }

        private Step advance(SelectionKey key) {
            Question question = (Question) key.attachment();
            try {
                return question.transport == Transport.UDP
                        ? readDatagram((DatagramChannel) key.channel(), question)
                        : goOn((SocketChannel) key.channel(), key, question);
            } catch (IOException e) {
                LOG.debug("{} does not answer over {}", question.target, question.transport, e);
                return Step.OVER;
            }
        }

        private Step readDatagram(DatagramChannel channel, Question question) throws IOException {
            question.in.clear();
            if (channel.read(question.in) <= 0) {
                return Step.GOES_ON;
            }
            question.in.flip();
            return judge(question);
        }

        private Step goOn(SocketChannel channel, SelectionKey key, Question question) throws IOException {
            if (key.isConnectable() && !channel.finishConnect()) {
                return Step.GOES_ON;
            }
            if (question.out.hasRemaining()) {
                channel.write(question.out);
                key.interestOps(question.out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
                return Step.GOES_ON;
            }
            int read = channel.read(question.in);
            int length = question.in.position() < Short.BYTES ? -1 : question.in.getShort(0) & 0xFFFF;
            if (length >= 0 && question.in.position() >= Short.BYTES + length) {
                question.in.flip().position(Short.BYTES);
                return judge(question);
            }
            return read < 0 || !question.in.hasRemaining() ? Step.OVER : Step.GOES_ON;
        }

        private Step judge(Question question) {
            byte[] answer = new byte[question.in.remaining()];
            question.in.get(answer);
            Probe end = end(answer, question.id, question.target.nsid);
            if (end == null) {
                return Step.GOES_ON; // not an answer to this; over TCP nothing else comes
            }
            question.end = end;
            return Step.OVER;
        }

        @Override
        public void close() throws IOException {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        }
    }

    /** Null: this is no answer to that question. */
    static @Nullable Probe end(byte[] answer, int id, String nsid) {
        Message message;
        try {
            message = new Message(answer);
        } catch (IOException | RuntimeException e) { // dnsjava throws unchecked ones on some input
            LOG.debug("an answer to a probe that cannot be read", e);
            return null;
        }
        if (message.getHeader().getID() != id || !message.getHeader().getFlag(Flags.QR)) {
            return null;
        }
        return said(message.getOPT()).equals(nsid) ? Probe.ANSWERED : Probe.OTHER;
    }

    private static String said(@Nullable OPTRecord options) {
        if (options == null) {
            return "";
        }
        for (EDNSOption option : options.getOptions(EDNSOption.Code.NSID)) {
            byte[] wire = option.toWire();
            return new String(wire, 4, wire.length - 4, StandardCharsets.UTF_8);
        }
        return "";
    }
}
