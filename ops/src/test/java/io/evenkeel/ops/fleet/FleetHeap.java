package io.evenkeel.ops.fleet;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/** A program that prints what a small and a large fleet take of the heap while all of their devices wait, in virtual time. */
final class FleetHeap implements Wire {
    static final String PREFIX = "fleet ";
    static final int SMALL = 1_000;
    /** As many as one process must hold. */
    static final int LARGE = 200_000;

    private static final long SECOND = 1_000_000_000L;
    private static final int SOCKETS = 4096;
    private static final int PERIOD_SECONDS = 4;
    /** All have asked once by then, and once more. */
    private static final int SILENT_SECONDS = 6;

    private static final int SECONDS = SILENT_SECONDS + 3;

    private record Answer(int socket, int source, int node, byte[] message) {}

    private final int sockets;
    private final Queue<Answer> answers = new ArrayDeque<>();
    private int sourceOfMessage;
    private long now;
    private long heap;
    private int waiting;

    private FleetHeap(int sockets) {
        this.sockets = sockets;
    }

    /** Prints for each fleet its devices, the octets of the heap, how many waited then, and how many at the end. */
    public static void main(String[] args) throws Exception {
        for (int devices : new int[] {SMALL, LARGE}) {
            FleetPlan plan = plan(devices);
            FleetHeap wire = new FleetHeap(Math.min(SOCKETS, devices));
            FleetCounts total = new Fleet(plan).run(wire, () -> wire.now, wire::second);
            System.out.println(PREFIX + devices + " " + wire.heap + " " + wire.waiting + " "
                    + total.all().waiting());
        }
    }

    private static FleetPlan plan(int devices) throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 5301);
        RetryPolicy retry = RetryPolicy.IMMEDIATE;
        DeviceGroup group = new DeviceGroup(
                "g",
                devices,
                PERIOD_SECONDS * SECOND,
                0,
                List.of(QuestionPattern.of("dev-######.example", "name", "A", "type", QuestionPattern.Edns.NONE)),
                SECOND,
                retry,
                8 * SECOND,
                retry.usualReactions(),
                NodeChoice.EVEN,
                List.of(0),
                1,
                20_000_000,
                3 * SECOND);
        return new FleetPlan(
                List.of(new FleetNode("n1", address, 1, address.getAddress())),
                List.of(group),
                Sources.of("sources", List.of(), address.getAddress()),
                SOCKETS,
                SECONDS,
                7,
                List.of(),
                List.of());
    }

    private void second(FleetCounts counts) {
        if (Math.round(counts.seconds()) == SILENT_SECONDS) {
            System.gc();
            heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            waiting = counts.all().waiting();
        }
    }

    @Override
    public int sockets() {
        return sockets;
    }

    @Override
    public boolean send(int socket, int source, int node, ByteBuffer message) {
        if (now >= SILENT_SECONDS * SECOND) {
            byte[] octets = new byte[message.remaining()];
            message.get(octets);
            answers.add(new Answer(socket, source, node, Responder.respond(octets, 0)));
        }
        return true;
    }

    @Override
    public boolean sendTcp(long ticket, int source, int node, ByteBuffer message, long timeoutNanos) {
        return false;
    }

    @Override
    public void receive(long millis, Receiver receiver) {
        for (Answer answer = answers.poll(); answer != null; answer = answers.poll()) {
            sourceOfMessage = answer.source;
            receiver.received(answer.socket, answer.node, ByteBuffer.wrap(answer.message));
        }
        now += Math.max(1000, millis * 1_000_000);
    }

    @Override
    public boolean cameTo(int source) {
        return source == sourceOfMessage;
    }

    @Override
    public void close() {}
}
