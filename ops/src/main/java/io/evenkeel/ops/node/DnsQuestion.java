package io.evenkeel.ops.node;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;

/** One DNS question over UDP, as a device asks it: one datagram, one answer or none. */
public final class DnsQuestion {
    private static final int MAX_DATAGRAM = 65_535;

    private DnsQuestion() {}

    /** The answer to this very question, empty if none came in time. */
    public static Optional<Message> ask(InetSocketAddress server, Name name, int type, Duration timeout)
            throws IOException {
        Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
        question.getHeader().unsetFlag(Flags.RD);
        return ask(server, question, timeout);
    }

    /** The same with a question of the caller's making, as with options. */
    public static Optional<Message> ask(InetSocketAddress server, Message question, Duration timeout)
            throws IOException {
        byte[] wire = question.toWire();
        long end = System.nanoTime() + timeout.toNanos();
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server); // so that a closed port is reported instead of waited for
            socket.send(new DatagramPacket(wire, wire.length));
            DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM], MAX_DATAGRAM);
            long left = timeout.toMillis();
            while (left > 0) {
                socket.setSoTimeout((int) left);
                socket.receive(packet);
                Optional<Message> answer = parse(Arrays.copyOf(packet.getData(), packet.getLength()));
                if (answer.isPresent()
                        && answer.get().getHeader().getID()
                                == question.getHeader().getID()) {
                    return answer;
                }
                left = (end - System.nanoTime()) / 1_000_000;
            }
            return Optional.empty();
        } catch (java.net.SocketTimeoutException | java.net.PortUnreachableException noAnswer) {
            return Optional.empty();
        }
    }

    /** The serial that a node on this machine answers with authority; empty if it does not. */
    public static Optional<Long> serial(int port, Name zone, Duration timeout) throws IOException {
        InetSocketAddress server = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
        return ask(server, zone, org.xbill.DNS.Type.SOA, timeout)
                .filter(answer -> answer.getHeader().getFlag(Flags.AA))
                .flatMap(answer -> answer.getSection(Section.ANSWER).stream()
                        .filter(SOARecord.class::isInstance)
                        .map(record -> ((SOARecord) record).getSerial())
                        .findFirst());
    }

    private static Optional<Message> parse(byte[] wire) {
        try {
            return Optional.of(new Message(wire));
        } catch (IOException | RuntimeException notDns) {
            return Optional
                    .empty(); // dnsjava throws unchecked exceptions on some input; it is not our answer either way
        }
    }
}
