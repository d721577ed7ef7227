package io.evenkeel.ops.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Asks and counts until time or number is reached and each question is answered or given up. One thread, which never blocks; another one may end it. */
final class BenchRun {
    /** Questions at a stroke before answers are looked for. */
    private static final int BURST = 64;
    /** How long it waits when there is nothing to do: a twentieth of what a question takes on loopback would not be seen. */
    private static final long IDLE_NANOS = 20_000;
    /** Without any answer so many refusals end it: nobody is there. */
    private static final int REFUSALS = 20;

    private final Plan plan;
    private final BenchQuestions questions;
    private final BenchTally tally = new BenchTally();
    private final List<BenchSocket> sockets = new ArrayList<>();
    private int turn;
    private volatile boolean stopped;

    /**
     * What to do.
     *
     * @param tcp else UDP
     * @param sockets that questions go out from, by turns
     * @param outstanding open questions at once over all sockets
     * @param questionsPerConnection of TCP; 0: no limit
     * @param rate questions a second, each at its time; 0: as soon as there are fewer open ones than {@code outstanding}
     * @param count of questions; 0: no limit
     */
    record Plan(
            InetSocketAddress server,
            boolean tcp,
            int sockets,
            int outstanding,
            long questionsPerConnection,
            double rate,
            double seconds,
            long count,
            long timeoutNanos) {}

    BenchRun(Plan plan, BenchQuestions questions) {
        this.plan = plan;
        this.questions = questions;
    }

    /** No question goes out any more. Any thread. */
    void stop() {
        stopped = true;
    }

    BenchTally tally() {
        return tally;
    }

    /** What came of it; see {@link BenchTally#result}. */
    Map<String, Object> run() throws IOException, InterruptedException {
        try {
            for (int i = 0; i < plan.sockets(); i++) {
                int limit = plan.outstanding() / plan.sockets() + (i < plan.outstanding() % plan.sockets() ? 1 : 0);
                sockets.add(
                        plan.tcp()
                                ? new BenchTcpSocket(
                                        plan.server(), tally, plan.timeoutNanos(), limit, plan.questionsPerConnection())
                                : new BenchUdpSocket(plan.server(), tally, plan.timeoutNanos(), limit));
            }
            return tally.result(ask());
        } finally {
            for (BenchSocket socket : sockets) {
                socket.close();
            }
        }
    }

    /** The seconds that asking took, and the last answer if that came later. */
    private double ask() throws IOException, InterruptedException {
        long begin = System.nanoTime();
        long length = (long) (plan.seconds() * 1e9);
        long asked = 0;
        while (!Thread.interrupted()) {
            long now = System.nanoTime();
            boolean over = stopped
                    || now - begin >= length
                    || (plan.count() > 0 && tally.sent >= plan.count())
                    || (tally.answers() == 0 && tally.refused >= REFUSALS);
            asked = over && asked == 0 ? Math.max(1, now - begin) : asked;
            boolean any = asked == 0 && send(begin, now);
            int open = 0;
            for (BenchSocket socket : sockets) {
                any |= socket.receive();
                open += socket.open();
            }
            if (asked > 0 && open == 0) {
                return Math.max(asked, tally.answers() == 0 ? 0 : tally.lastAnswerNanos - begin) / 1e9;
            }
            if (!any) {
                LockSupport.parkNanos(IDLE_NANOS);
            }
        }
        throw new InterruptedException();
    }

    /** Whatever may go out now, up to a burst; whether anything did. */
    private boolean send(long begin, long now) throws IOException {
        boolean any = false;
        for (int i = 0; i < BURST && (plan.count() == 0 || tally.sent < plan.count()); i++) {
            long due = plan.rate() > 0 ? begin + (long) (tally.sent * 1e9 / plan.rate()) : now;
            if (due - now > 0) {
                break;
            }
            BenchSocket socket = nextReady(now);
            if (socket == null || !socket.ask(questions.next(), due, now)) {
                break;
            }
            any = true;
        }
        if (any) {
            for (BenchSocket socket : sockets) {
                socket.flush();
            }
        }
        return any;
    }

    private @Nullable BenchSocket nextReady(long now) throws IOException {
        for (int i = 0; i < sockets.size(); i++) {
            BenchSocket socket = sockets.get(turn);
            turn = turn + 1 == sockets.size() ? 0 : turn + 1;
            if (socket.ready(now)) {
                return socket;
            }
        }
        return null;
    }
}
