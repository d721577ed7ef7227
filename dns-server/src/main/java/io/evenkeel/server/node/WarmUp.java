package io.evenkeel.server.node;

import io.evenkeel.consensus.process.Loopback;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.ListenPoint;
import io.evenkeel.server.transport.ReceiveSettings;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.server.transport.TcpSettings;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Asks the real answer path questions about its own zones, over a loopback port that nobody else knows, until it does not
 * get faster: the first client is to meet compiled code. The same act measures what one answer costs. These questions have
 * counters of their own.
 */
public final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    /** Different questions; enough to touch each kind of answer. */
    private static final int QUESTIONS = 1000;

    /** Questions on the way at once: as a busy socket has them. */
    private static final int WINDOW = 32;

    private static final int ANSWER_BYTES = 4096;

    /** One measurement. */
    private static final Duration SLICE = Duration.ofMillis(100);

    /** That many measurements without a new best one, by a tenth: steady, and the figure is taken from these. */
    private static final int STEADY_SLICES = 4;

    /** Loopback loses a datagram only if a buffer is full. */
    private static final Duration LOST = Duration.ofMillis(100);

    private WarmUp() {}

    /**
     * @param cpuNanosPerQuery CPU time of the answering thread for one answer
     * @param outsideShare how much of the machine worked for others meanwhile, from 0 to 1
     */
    public record Measurement(double cpuNanosPerQuery, double outsideShare) {}

    /** What had been used and answered at some moment. */
    private record Mark(
            long cpuNanos, long answers, @Nullable OutsideLoad load) {
        /** Infinite if nothing was answered since. */
        double cpuNanosPerQuerySince(Mark before) {
            return (cpuNanos - before.cpuNanos) / (double) (answers - before.answers);
        }

        double outsideShareSince(Mark before) {
            return load == null || before.load == null ? 0 : load.shareSince(before.load);
        }
    }

    /**
     * Returns when an answer does not get cheaper any more or the time is over. Does not fail: a node that cannot warm up
     * answers cold.
     *
     * @param most longest time; zero: none at all
     * @param udpPayload as the real listeners have it
     * @param sockets as the real listeners have them
     * @return null if nothing was measured
     */
    public static @Nullable Measurement run(Catalog catalog, Duration most, int udpPayload, Sockets sockets) {
        if (most.isZero()) {
            return null;
        }
        long end = System.nanoTime() + most.toNanos();
        List<byte[]> questions = questions(catalog);
        try (AnswerLoops loops = AnswerLoops.start(
                        sockets, "warm-up", 1, AnswerSource.plain(() -> catalog, udpPayload), ReceiveSettings.DEFAULT);
                DnsListeners listeners =
                        DnsListeners.bind(loops, List.of(ListenPoint.plain(anyPort())), TcpSettings.of(1, most));
                DatagramSocket client = new DatagramSocket(anyPort())) {
            listeners.open();
            client.connect(listeners.addresses().getFirst());
            client.setSoTimeout((int) LOST.toMillis());
            return untilSteady(client, questions, end, loops);
        } catch (IOException | IllegalStateException e) { // no port, or one that cannot be opened
            LOG.warn("Warming up ended early: {}", e.toString());
            return null;
        }
    }

    private static InetSocketAddress anyPort() throws IOException {
        return new InetSocketAddress(Loopback.address(), 0);
    }

    private static @Nullable Measurement untilSteady(
            DatagramSocket client, List<byte[]> questions, long end, AnswerLoops loops) throws IOException {
        DatagramPacket answer = new DatagramPacket(new byte[ANSWER_BYTES], ANSWER_BYTES);
        long asked = 0;
        double best = Double.POSITIVE_INFINITY;
        int slicesSinceBest = 0;
        Deque<Mark> marks = new ArrayDeque<>(List.of(mark(loops)));
        while (slicesSinceBest < STEADY_SLICES && System.nanoTime() - end < 0) {
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < SLICE.toNanos()) {
                askWindow(client, questions, asked, answer);
                asked += WINDOW;
            }
            Mark last = marks.getLast();
            Mark now = mark(loops);
            if (now.answers == last.answers) {
                continue; // a busy machine has not let the answering thread run: that says nothing about it
            }
            marks.add(now);
            if (marks.size() > STEADY_SLICES + 1) {
                marks.removeFirst();
            }
            double cost = now.cpuNanosPerQuerySince(last);
            slicesSinceBest = cost < best * 0.9 ? 0 : slicesSinceBest + 1;
            best = Math.min(best, cost);
        }
        Mark first = marks.getFirst();
        Mark last = marks.getLast();
        Measurement measured = new Measurement(last.cpuNanosPerQuerySince(first), last.outsideShareSince(first));
        LOG.info(
                "{} after {} questions: {} ns of CPU for each, others use {} % of the machine",
                slicesSinceBest < STEADY_SLICES ? "As warm as the time allows" : "Warm",
                asked,
                Math.round(measured.cpuNanosPerQuery()),
                Math.round(100 * measured.outsideShare()));
        // Nothing answered, or a JVM that does not tell.
        return Double.isFinite(measured.cpuNanosPerQuery()) && measured.cpuNanosPerQuery() > 0 ? measured : null;
    }

    private static Mark mark(AnswerLoops loops) {
        QueryCounters counters = QueryCounters.sum(loops.counters());
        long answers = 0;
        for (int rcode = 0; rcode < QueryCounters.RCODES; rcode++) {
            answers += counters.responses(Transport.UDP, rcode);
        }
        return new Mark(loops.cpuNanos(), answers, OutsideLoad.now());
    }

    private static void askWindow(DatagramSocket client, List<byte[]> questions, long from, DatagramPacket answer)
            throws IOException {
        for (int i = 0; i < WINDOW; i++) {
            byte[] question = questions.get((int) ((from + i) % questions.size()));
            client.send(new DatagramPacket(question, question.length));
        }
        try {
            for (int i = 0; i < WINDOW; i++) {
                client.receive(answer);
            }
        } catch (SocketTimeoutException e) {
            LOG.debug("A question of the warm-up was lost", e);
        }
    }

    /** Records from all over the zones, names that are not there, and one outside of them. */
    static List<byte[]> questions(Catalog catalog) {
        List<byte[]> questions = new ArrayList<>();
        questions.add(question(Name.root, Type.A));
        List<Zone> zones = catalog.unordered();
        for (int i = 0; i < zones.size() && questions.size() < QUESTIONS; i++) {
            Zone zone = zones.get(i);
            questions.add(question(below("not-there", zone.apex()), Type.A));
            int share = (QUESTIONS - questions.size()) / (zones.size() - i);
            for (Record rr : zone.sample(Math.max(2, share))) {
                questions.add(question(rr.getName(), rr.getType()));
            }
        }
        return questions;
    }

    private static Name below(String label, Name apex) {
        try {
            return Name.fromString(label, apex);
        } catch (TextParseException e) {
            // The apex is as long as a name may be.
            return apex;
        }
    }

    private static byte[] question(Name name, int type) {
        return Message.newQuery(Record.newRecord(name, type, DClass.IN)).toWire();
    }
}
