package io.evenkeel.ops.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/*
 * A device has exactly one timer: for its time-out while it waits, for its next question while it pauses.
 *
 * An answer counts if it has the ID, the port, the address and the question of the latest try; one to an earlier try is late.
 * The counts see a lookup as in its first try until that is over, and then as waiting until it is answered, also where its
 * device gives it up and begins anew.
 */

/** Asks for each device of a fleet when its time has come, and takes what comes for it. The thread of the fleet. */
final class Asker implements Wire.Receiver {
    /** Questions at a stroke before answers are looked for. */
    private static final int BURST = 64;

    private static final int MAX_QUESTION = 512;
    private static final int NOBODY = -1;
    private static final int FLAGS = 2;
    private static final int TC = 2;
    private static final int RCODE = 0xF;
    private static final int NXDOMAIN = 3;
    private static final int REFUSED = 5;
    /** As the number of tries of a lookup: none is left. */
    private static final char GIVEN_UP = Character.MAX_VALUE;

    private final FleetPlan plan;
    private final Wire wire;
    private final LongSupplier clock;
    private final FleetBooks books;
    private final TimerWheel wheel;
    private final Devices devices;
    private final NodeDraw draw;
    private final SplittableRandom random;
    private final ByteBuffer out = ByteBuffer.allocateDirect(MAX_QUESTION);

    Asker(FleetPlan plan, Wire wire, LongSupplier clock, FleetBooks books) {
        this.plan = plan;
        this.wire = wire;
        this.clock = clock;
        this.books = books;
        random = new SplittableRandom(plan.seed());
        wheel = new TimerWheel(plan.devices());
        devices = new Devices(plan, Math.min(wire.sockets(), plan.devices()));
        draw = new NodeDraw(plan, random);
    }

    /** Spreads the first calls home of each group over its period. */
    void begin() {
        for (int device = 0; device < devices.count(); device++) {
            DeviceGroup group = devices.group(device);
            double share = (double) group.periodNanos() / group.devices();
            devices.start[device] = (byte) draw.first(devices.groupIndex(device), devices.inGroup(device));
            call(device, (long) ((devices.inGroup(device) + random.nextDouble()) * share));
        }
    }

    private void call(int device, long due) {
        devices.question[device] = 0;
        devices.beganNanos[device] = due;
        wheel.set(device, due);
    }

    /** Lets devices ask whose time has come; whether some had to be left for the next time. */
    boolean fire(long now) throws IOException {
        for (int i = 0; i < BURST; i++) {
            int device = wheel.poll(now);
            if (device == NOBODY) {
                return false;
            }
            if (devices.state[device] == Devices.PAUSED) {
                ask(device);
                continue;
            }
            tally(device).timedOut++;
            nodeTally(device).timedOut++;
            long pause = tryIsOver(device);
            if (pause == 0) {
                ask(device);
            } else {
                wheel.set(device, wheel.due(device) + pause);
            }
        }
        return true;
    }

    private void ask(int device) throws IOException {
        DeviceGroup group = devices.group(device);
        long due = wheel.due(device);
        char tried = devices.nextTry(device);
        aim(device, group);
        boolean silent = plan.silentAt(clock.getAsLong());
        if (!silent && !send(device, tried)) {
            wheel.set(device, due); // with the next tick; its lag goes on
            return;
        }
        long now = clock.getAsLong();
        books.lag(now - due);
        if (!devices.again[device]) {
            tally(device).first++;
            nodeTally(device).first++;
        }
        if (silent) {
            tally(device).lost++;
            nodeTally(device).lost++;
        }
        devices.tries[device] = tried;
        devices.state[device] = Devices.WAITING;
        devices.sentNanos[device] = now;
        int attempt = devices.attempt[device];
        wheel.set(device, now + group.retry().waitNanos(attempt, group.nodes().size(), group.timeoutNanos(), random));
    }

    /** Turns a device to the node that its next try is for. */
    private void aim(int device, DeviceGroup group) {
        int before = devices.node[device];
        int after = draw.node(devices, device, group);
        devices.node[device] = (byte) after;
        if (devices.again[device] && before != after) {
            books.turns(before, after);
        }
    }

    private boolean send(int device, char tried) throws IOException {
        DeviceGroup group = devices.group(device);
        devices.write(device, tried, out);
        int socket = devices.socket(device, tried);
        int source = devices.source(device);
        if (!group.retry().asksAll()) {
            return sendTo(device, socket, source, devices.node[device]);
        }
        boolean any = false;
        int nodes = group.nodes().size();
        for (int i = 0; i < group.retry().used(nodes); i++) {
            any |= sendTo(device, socket, source, group.nodes().get((devices.start[device] + i) % nodes));
        }
        return any;
    }

    private boolean sendTo(int device, int socket, int source, int node) throws IOException {
        boolean sent = wire.send(socket, source, node, out.rewind());
        if (sent) {
            tally(device).sent++;
            books.node(node).sent++;
        }
        return sent;
    }

    @Override
    public void received(int socket, int node, ByteBuffer message) {
        long now = clock.getAsLong();
        if (plan.silentAt(now)) {
            books.stray.lost++;
            return;
        }
        if (message.limit() < QuestionPattern.HEADER || message.get(FLAGS) >= 0 || node < 0) {
            books.stray.unexpected++;
            return;
        }
        int id = message.getShort(0) & 0xFFFF;
        int device = devices.find(socket, id);
        if (device == NOBODY || !devices.group(device).nodes().contains(node) || !wire.cameTo(devices.source(device))) {
            books.stray.unexpected++;
            return;
        }
        if (!devices.isLatest(device, id)) {
            orUnexpected(device, node, devices.asksAny(device, message));
            return;
        }
        boolean all = devices.group(device).retry().asksAll();
        if (devices.state[device] != Devices.WAITING) {
            boolean over = devices.state[device] == Devices.PAUSED && devices.again[device];
            orUnexpected(device, node, (over || all) && devices.asksAny(device, message));
        } else if (!(all || node == devices.node[device]) || !devices.asksThat(device, message)) {
            books.stray.unexpected++;
        } else if (now > wheel.due(device)) {
            orUnexpected(device, node, true);
        } else {
            respond(device, node, message, now, (message.get(FLAGS) & TC) != 0);
        }
    }

    private void orUnexpected(int device, int node, boolean late) {
        if (late) {
            tally(device).late++;
            books.node(node).late++;
        } else {
            books.stray.unexpected++;
        }
    }

    @Override
    public void receivedTcp(long ticket, @Nullable ByteBuffer message) {
        int device = (int) ticket;
        long now = clock.getAsLong();
        boolean latest = (int) (ticket >>> Integer.SIZE) == devices.tries[device];
        if (plan.silentAt(now)) {
            books.stray.lost++;
        } else if (!latest || devices.state[device] != Devices.TCP) {
            orUnexpected(device, devices.node[device], message != null);
        } else if (message == null || message.limit() < QuestionPattern.HEADER) {
            react(device, Reaction.RETRY, now);
        } else {
            respond(device, devices.node[device], message, now, false);
        }
    }

    private void respond(int device, int node, ByteBuffer message, long now, boolean truncated) {
        int rcode = message.get(FLAGS + 1) & RCODE;
        long latency = now - devices.sentNanos[device];
        tally(device).response(rcode, latency);
        books.node(node).response(rcode, latency);
        Reactions reactions = devices.group(device).reactions();
        Reaction reaction;
        if (truncated) {
            tally(device).truncated++;
            books.node(node).truncated++;
            reaction = reactions.truncated();
        } else if (rcode == 0 || rcode == NXDOMAIN) {
            reaction = Reaction.ACCEPT;
        } else {
            reaction = rcode == REFUSED ? reactions.refused() : reactions.servfail();
        }
        if (reaction == Reaction.ACCEPT) {
            accept(device, node, message, now);
        } else {
            react(device, reaction, now);
        }
    }

    private void accept(int device, int node, ByteBuffer message, long now) {
        DeviceGroup group = devices.group(device);
        count(device, node, now - devices.sentNanos[device]);
        if (devices.again[device]) {
            books.waits(devices.groupIndex(device), devices.node[device], -1);
        }
        devices.again[device] = false;
        draw.answered(devices, device, group, message);
        devices.state[device] = Devices.PAUSED;
        devices.attempt[device] = 0;
        devices.resent[device] = 0;
        devices.question[device]++;
        if (devices.question[device] < group.questions().size()) {
            wheel.set(device, now);
            return;
        }
        long took = now - devices.beganNanos[device];
        tally(device).success(took, group.promptNanos());
        books.node(node).success(took, group.promptNanos());
        double jitter = group.jitter() == 0 ? 0 : group.jitter() * (2 * random.nextDouble() - 1);
        call(device, now + (long) (group.periodNanos() * (1 + jitter)));
    }

    private void count(int device, int node, long nanos) {
        for (FleetTally each : List.of(tally(device), books.node(node))) {
            each.accepted++;
            if (!devices.again[device]) {
                each.firstTry(nanos);
            }
        }
    }

    @Override
    public void refused(int socket, int id) {
        int device = id < 0 ? NOBODY : devices.find(socket, id);
        if (device == NOBODY) {
            books.stray.refused++;
            return;
        }
        tally(device).refused++;
        nodeTally(device).refused++;
        if (devices.state[device] == Devices.WAITING && devices.isLatest(device, id)) {
            react(device, devices.group(device).reactions().icmp(), clock.getAsLong());
        }
    }

    private void react(int device, Reaction reaction, long now) {
        DeviceGroup group = devices.group(device);
        long earliest = devices.sentNanos[device] + group.roundTripNanos();
        switch (reaction) {
            case WAIT, ACCEPT -> {} // ACCEPT of what holds no answer: there is nothing to take
            case RETRY -> wheel.set(device, Math.max(earliest, now + tryIsOver(device)));
            case FAIL -> {
                devices.attempt[device] = GIVEN_UP;
                wheel.set(device, Math.max(earliest, now + tryIsOver(device)));
            }
            case TCP -> askTcp(device);
            case RESEND -> resend(device, now);
        }
    }

    private void askTcp(int device) {
        char tried = devices.tries[device];
        devices.write(device, tried, out);
        long ticket = ((long) tried << Integer.SIZE) | device;
        int node = devices.node[device];
        tally(device).tcp++;
        books.node(node).tcp++;
        long left = Math.max(1, wheel.due(device) - clock.getAsLong());
        if (wire.sendTcp(ticket, devices.source(device), node, out, left)) {
            devices.state[device] = Devices.TCP;
        } else {
            tally(device).tcpRefused++;
            books.node(node).tcpRefused++;
        }
    }

    private void resend(int device, long now) {
        RetryPolicy retry = devices.group(device).retry();
        if (devices.resent[device] >= retry.resends()) {
            react(device, retry.afterResends(), now);
            return;
        }
        devices.resent[device]++;
        devices.write(device, devices.tries[device], out);
        try {
            sendTo(device, devices.socket(device, devices.tries[device]), devices.source(device), devices.node[device]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends a try in vain; how long the device pauses before its next. */
    private long tryIsOver(int device) {
        DeviceGroup group = devices.group(device);
        if (!devices.again[device]) {
            devices.again[device] = true;
            tally(device).firstInVain++;
            nodeTally(device).firstInVain++;
            books.waits(devices.groupIndex(device), devices.node[device], 1);
        }
        devices.state[device] = Devices.PAUSED;
        int attempt = Math.min(devices.attempt[device] + 1, GIVEN_UP - 1);
        boolean failed = attempt >= group.retry().tries(group.nodes().size()) || devices.attempt[device] == GIVEN_UP;
        if (failed) {
            tally(device).failed++;
            nodeTally(device).failed++;
            devices.attempt[device] = 0;
            devices.resent[device] = 0;
            devices.question[device] = 0;
            return Math.max(1, group.givenUpNanos());
        }
        devices.attempt[device] = (char) attempt;
        return group.retry().pauseNanos(attempt, group.timeoutNanos(), group.backoffCapNanos(), random);
    }

    private FleetTally tally(int device) {
        return books.group(devices.groupIndex(device));
    }

    private FleetTally nodeTally(int device) {
        return books.node(devices.node[device]);
    }
}
