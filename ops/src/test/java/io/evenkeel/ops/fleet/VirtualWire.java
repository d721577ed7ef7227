package io.evenkeel.ops.fleet;

import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A network in which time passes only while a fleet waits for something, and a script says what comes back. */
final class VirtualWire implements Wire {
    static final int REFUSED = 5;
    static final int SERVFAIL = 2;
    private static final int TYPE_A = 1;

    private final int sockets;
    private final Script script;
    private final PriorityQueue<Due> due = new PriorityQueue<>(Comparator.comparingLong(Due::at));
    private int sourceOfMessage;
    private long now;

    /** All questions, in order. */
    final List<Sent> sent = new ArrayList<>();

    final List<FleetCounts> seconds = new ArrayList<>();

    /** What comes back for a question: by the methods of the wire. */
    interface Script {
        void answer(VirtualWire wire, Sent question);
    }

    /** A question: the time is that since the start. */
    record Sent(long at, int socket, int source, int node, long ticket, byte[] message) {
        boolean tcp() {
            return ticket >= 0;
        }

        int id() {
            return ((message[0] & 0xFF) << 8) | (message[1] & 0xFF);
        }

        boolean asksA() {
            int at = QuestionPattern.HEADER;
            while (message[at] != 0) {
                at += message[at] + 1;
            }
            return message[at + 2] == TYPE_A;
        }

        double seconds() {
            return Math.round(at / 1e8) / 10.0;
        }
    }

    private record Due(long at, Consumer<Receiver> what) {}

    VirtualWire(int sockets, Script script) {
        this.sockets = sockets;
        this.script = script;
    }

    static VirtualWire silent() {
        return new VirtualWire(7, (wire, question) -> {});
    }

    /** A wire on which each question is answered so many ms later. */
    static VirtualWire answering(int rcode, long millis) {
        return new VirtualWire(7, (wire, question) -> wire.respond(question, rcode, millis));
    }

    FleetCounts run(Fleet fleet) throws IOException, InterruptedException {
        return fleet.run(this, () -> now, seconds::add);
    }

    /** A plan of one group on so many nodes. */
    static FleetPlan plan(double seconds, int nodes, DeviceGroup... groups) {
        List<FleetNode> all = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 5301 + i);
            all.add(new FleetNode("n" + (i + 1), address, 1 + i, address.getAddress()));
        }
        try {
            Sources sources =
                    Sources.of("sources", List.of(), all.getFirst().address().getAddress());
            return new FleetPlan(all, List.of(groups), sources, 7, seconds, 7, List.of(), List.of());
        } catch (CommandFailure e) {
            throw new AssertionError(e);
        }
    }

    /** The same fleet with these silences and delays. */
    static FleetPlan with(FleetPlan plan, List<FleetPlan.Silence> silences, List<FleetPlan.Delay> delays) {
        return new FleetPlan(
                plan.nodes(),
                plan.groups(),
                plan.sources(),
                plan.sockets(),
                plan.seconds(),
                plan.seed(),
                silences,
                delays);
    }

    void respond(Sent question, int rcode, long millis) {
        byte[] answer = Responder.respond(question.message(), rcode);
        deliver(question, answer, question.node(), millis);
    }

    void deliver(Sent question, byte[] answer, int fromNode, long millis) {
        deliver(question.socket(), question.source(), question.ticket(), answer, fromNode, millis);
    }

    void deliver(int socket, int toSource, long ticket, byte @Nullable [] answer, int fromNode, long millis) {
        due.add(new Due(now + millis * 1_000_000, receiver -> {
            sourceOfMessage = toSource;
            if (ticket >= 0) {
                receiver.receivedTcp(ticket, answer == null ? null : ByteBuffer.wrap(answer));
            } else {
                receiver.received(socket, fromNode, ByteBuffer.wrap(answer == null ? new byte[0] : answer));
            }
        }));
    }

    void icmp(Sent question) {
        due.add(new Due(now + 1_000_000, receiver -> receiver.refused(question.socket(), question.id())));
    }

    @Override
    public int sockets() {
        return sockets;
    }

    @Override
    public boolean send(int socket, int source, int node, ByteBuffer message) {
        return record(socket, source, node, -1, message);
    }

    @Override
    public boolean sendTcp(long ticket, int source, int node, ByteBuffer message, long timeoutNanos) {
        return record(-1, source, node, ticket, message);
    }

    private boolean record(int socket, int source, int node, long ticket, ByteBuffer message) {
        byte[] octets = new byte[message.remaining()];
        message.get(octets);
        Sent question = new Sent(now, socket, source, node, ticket, octets);
        sent.add(question);
        script.answer(this, question);
        return true;
    }

    @Override
    public void receive(long millis, Receiver receiver) {
        long until = now + Math.max(1000, millis * 1_000_000);
        for (Due next = due.peek(); next != null && next.at() <= until; next = due.peek()) {
            Due event = due.remove();
            now = Math.max(now, event.at());
            event.what().accept(receiver);
        }
        now = until;
    }

    @Override
    public boolean cameTo(int source) {
        return source == sourceOfMessage;
    }

    @Override
    public void close() {}
}
