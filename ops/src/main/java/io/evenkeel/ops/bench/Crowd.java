package io.evenkeel.ops.bench;

import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * One thread turns: take what has come, send what is due, sleep until the next tick of the wheel. A device is an index into
 * arrays and has exactly one timer: for its time-out while it waits, for its next question while it pauses.
 *
 * Whose answer it is says the socket with the upper bits of the ID, which try of that device the lower bits: an answer to
 * an earlier try is late. The digits in a device's name follow from its index, so no name is stored to compare with.
 */

/**
 * Devices that each ask one question, ask it again at once when no answer has come in time, for ever, and pause after an
 * answer: a closed loop, as in the field. What they ask for when nobody answers is their number divided by the time-out,
 * however slow the server.
 *
 * <p>A device that is told that nobody listens asks again at once, too, but so that it and the crowd stay within
 * {@link LoadLimits#CROWD_REFUSED} and {@link LoadLimits#CROWD_REFUSED_RATE}.
 */
public final class Crowd implements CrowdSockets.Receiver {
    /** Questions at a stroke before answers are looked for. */
    private static final int BURST = 64;

    private static final int MAX_QUESTION = 512;
    private static final int RCODE = 0xF;
    private static final byte PAUSED = 0;
    private static final byte WAITING = 1;
    private static final byte REFUSED = 2;
    private static final int NOBODY = -1;

    private final Settings settings;
    private final BenchQuestions questions;
    private final int questionLength;
    private final int sockets;
    /** Of an ID: which try it is; the others, which device of its socket. */
    private final int tryBits;

    private final int tryMask;
    private final long refusedNanos;
    private final TimerWheel wheel;
    private final byte[] state;
    /** Whether the question that a device is at was asked in vain before. */
    private final boolean[] again;

    private final char[] tries;
    private final long[] sentNanos;
    /** The device that asked last through each socket: the one that a refusal is for. */
    private final int[] lastAsker;

    private final ByteBuffer out = ByteBuffer.allocateDirect(MAX_QUESTION);
    private final CrowdTally tally = new CrowdTally();
    private final CrowdTally total = new CrowdTally();
    private long startNanos;
    private int waiting;
    private volatile boolean stopped;
    private volatile @Nullable CrowdSockets open;

    /**
     * A crowd.
     *
     * @param servers each device asks one of them, and all about as many devices
     * @param timeoutNanos how long a device waits for an answer
     * @param pauseNanos between an answer and the next question; the first ones are spread over as long
     * @param seconds how long all of it goes on
     * @param sockets at most; never more than devices
     * @param seed of names and of when each device begins
     */
    public record Settings(
            List<InetSocketAddress> servers,
            int devices,
            long timeoutNanos,
            long pauseNanos,
            double seconds,
            int sockets,
            CrowdSources sources,
            long seed) {
        /** Keeps a copy of the list. */
        public Settings {
            servers = List.copyOf(servers);
        }
    }

    /** @param questions of which a device asks the first, with digits of its own */
    public Crowd(Settings settings, BenchQuestions questions) {
        int devices = settings.devices();
        this.settings = settings;
        this.questions = questions;
        questionLength = BenchQuestions.questionLength(questions.of(0));
        sockets = Math.min(settings.sockets(), devices);
        int slots = Math.ceilDiv(devices, sockets);
        tryBits = Short.SIZE - (Integer.SIZE - Integer.numberOfLeadingZeros(slots - 1));
        tryMask = (1 << tryBits) - 1;
        refusedNanos = Math.max(
                LoadLimits.CROWD_REFUSED.toNanos(), devices * (1_000_000_000L / LoadLimits.CROWD_REFUSED_RATE));
        wheel = new TimerWheel(devices);
        state = new byte[devices];
        again = new boolean[devices];
        tries = new char[devices];
        sentNanos = new long[devices];
        lastAsker = new int[sockets];
        Arrays.fill(lastAsker, NOBODY);
    }

    /**
     * Asks until the time is over or {@link #stop} is called.
     *
     * @param each is told of each second when it is over
     * @return what came of all
     * @throws CommandFailure if the sockets cannot be had
     */
    public CrowdCounts run(Consumer<CrowdCounts> each) throws CommandFailure, IOException, InterruptedException {
        try (CrowdSockets opened = CrowdSockets.open(settings.servers(), sockets, settings.sources(), this)) {
            open = opened;
            startNanos = System.nanoTime();
            spread();
            return turn(opened, each);
        }
    }

    /** Ends a run. Any thread. */
    public void stop() {
        stopped = true;
        CrowdSockets opened = open;
        if (opened != null) {
            opened.wakeUp();
        }
    }

    boolean isStopped() {
        return stopped;
    }

    private void spread() {
        SplittableRandom random = new SplittableRandom(settings.seed());
        double share = (double) settings.pauseNanos() / settings.devices();
        for (int device = 0; device < settings.devices(); device++) {
            wheel.set(device, (long) ((device + random.nextDouble()) * share));
        }
    }

    private CrowdCounts turn(CrowdSockets opened, Consumer<CrowdCounts> each) throws IOException, InterruptedException {
        long end = (long) (settings.seconds() * 1e9);
        int second = 1;
        boolean moreIsDue = false;
        while (true) {
            opened.receive(moreIsDue ? 0 : 1);
            long now = now();
            while (now >= second * 1_000_000_000L) {
                each.accept(tally.counts(second++, waiting));
                total.add(tally);
                tally.clear();
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (stopped || now >= end) {
                total.add(tally);
                return total.counts(now / 1e9, waiting);
            }
            moreIsDue = fire(opened, now);
        }
    }

    /** Lets devices ask whose time has come; whether some had to be left for the next time. */
    private boolean fire(CrowdSockets opened, long now) throws IOException {
        for (int i = 0; i < BURST; i++) {
            int device = wheel.poll(now);
            if (device == NOBODY) {
                return false;
            }
            if (state[device] == WAITING) {
                tally.timedOut++;
                inVain(device);
            }
            state[device] = PAUSED;
            ask(opened, device);
        }
        return true;
    }

    private void ask(CrowdSockets opened, int device) throws IOException {
        int socket = device % sockets;
        int id = ((device / sockets) << tryBits) | ((tries[device] + 1) & tryMask);
        out.clear()
                .put(questions.of(settings.seed() + device))
                .putShort(0, (short) id)
                .flip();
        long due = wheel.due(device);
        if (!opened.send(socket, out)) {
            wheel.set(device, due); // with the next tick; its lag goes on
            return;
        }
        long now = now();
        tally.sent(now - due);
        tally.retries += again[device] ? 1 : 0;
        tries[device]++;
        state[device] = WAITING;
        sentNanos[device] = now;
        lastAsker[socket] = device;
        wheel.set(device, now + settings.timeoutNanos());
    }

    @Override
    public void received(int socket, ByteBuffer message) {
        if (message.limit() < BenchQuestions.HEADER || message.get(2) >= 0) {
            tally.unexpected++;
            return;
        }
        int id = message.getShort(0) & 0xFFFF;
        int device = (id >>> tryBits) * sockets + socket;
        if (device >= settings.devices() || !echoes(message, device)) {
            tally.unexpected++;
            return;
        }
        boolean latest = ((id ^ tries[device]) & tryMask) == 0;
        long latency = now() - sentNanos[device];
        if (!latest || (state[device] == WAITING && latency > settings.timeoutNanos())) {
            tally.late++;
        } else if (state[device] == WAITING) {
            tally.answered(message.get(3) & RCODE, latency);
            state[device] = PAUSED;
            waiting -= again[device] ? 1 : 0;
            again[device] = false;
            wheel.set(device, sentNanos[device] + latency + settings.pauseNanos());
        } else {
            tally.unexpected++;
        }
    }

    /** Whether it holds the question of that device; a response that is nothing but a header does (RFC 1035 §4.1.1). */
    private boolean echoes(ByteBuffer message, int device) {
        if (message.getShort(4) == 0) {
            return true;
        }
        int end = BenchQuestions.HEADER + questionLength;
        if (message.limit() < end) {
            return false;
        }
        byte[] question = questions.of(settings.seed() + device);
        for (int i = BenchQuestions.HEADER; i < end; i++) {
            if (message.get(i) != question[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void refused(int socket) {
        tally.refused++;
        int device = lastAsker[socket];
        if (device != NOBODY && state[device] == WAITING) {
            state[device] = REFUSED;
            inVain(device);
            wheel.set(device, Math.max(now(), sentNanos[device] + refusedNanos));
        }
    }

    private void inVain(int device) {
        waiting += again[device] ? 0 : 1;
        again[device] = true;
    }

    private long now() {
        return System.nanoTime() - startNanos;
    }
}
