package io.evenkeel.bench;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * How long a member that was away lacks what was committed meanwhile: one that was killed with {@code -9} and started again, by
 * the time that it spends in CATCHING_UP; and one whose process was stopped, from SIGCONT to the first answer of the newest
 * version, before which it must not give an old one without saying so. Each member by turns, the leader, too. For a cluster of
 * its own: {@code ops/bench/run return} starts and stops one.
 */
public final class Return {
    private static final long KILLED_BAR_MILLIS = 1000;
    private static final long STOPPED_BAR_MILLIS = 500;

    private static final int CHANGES = 50;
    private static final Duration KILLED = Duration.ofSeconds(40);
    private static final Duration STOPPED = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** A node that shows nothing new for so long is broken. */
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private static final String OWNER = "returned";

    private final BenchCluster cluster;
    private final Path data;
    private final Path launcher;
    /** Answers that were of an old version, and did not say that they are stale. */
    private int untold;

    private Return(Path data, Path launcher) {
        this.cluster = new BenchCluster(data);
        this.data = data;
        this.launcher = launcher;
    }

    /** Arguments: data folder, runs, launcher. Exit code 1 if a bar is missed. */
    public static void main(String[] args) throws Exception {
        Return measured = new Return(Path.of(args[0]), Path.of(args[2]));
        measured.cluster.createZone(measured.cluster.leader());
        long[] killed = new long[Integer.parseInt(args[1])];
        long[] stopped = new long[killed.length];
        for (int run = 0; run < killed.length; run++) {
            killed[run] = measured.kill(run);
            stopped[run] = measured.stop(run);
            System.out.printf("killed %d ms, stopped %d ms%n", killed[run], stopped[run]);
        }
        boolean met = judge("killed, 40 s away, 50 changes behind: catching up", killed, KILLED_BAR_MILLIS)
                & judge("stopped for 20 s: newest version after SIGCONT", stopped, STOPPED_BAR_MILLIS);
        System.out.printf("old answers that did not say so: %d; bar 0%n", measured.untold);
        System.exit(met && measured.untold == 0 ? 0 : 1);
    }

    private static boolean judge(String what, long[] millis, long bar) {
        Arrays.sort(millis);
        long median = millis[millis.length / 2];
        System.out.printf(
                "%s: median %d ms [%d-%d], %d runs; bar %d ms%n",
                what, median, millis[0], millis[millis.length - 1], millis.length, bar);
        return median <= bar;
    }

    private long kill(int run) throws IOException, InterruptedException {
        BenchCluster.Node gone = cluster.nodes().get(run % cluster.nodes().size());
        ProcessHandle.of(gone.pid()).orElseThrow().destroyForcibly();
        changeWithout(gone, 2 * run, KILLED);
        BenchCluster.up(launcher, data);
        return Math.round(1000 * (reached(gone, "warming") - reached(gone, "catching_up")));
    }

    private double reached(BenchCluster.Node node, String state) throws IOException, InterruptedException {
        return cluster.metric(node, "evenkeel_node_state_reached_seconds{state=\"" + state + "\"}");
    }

    private long stop(int run) throws IOException, InterruptedException {
        BenchCluster.Node gone = cluster.nodes().get(run % cluster.nodes().size());
        signal("STOP", gone);
        int newest = changeWithout(gone, 2 * run + 1, STOPPED);
        long woken = System.nanoTime();
        signal("CONT", gone);
        while (System.nanoTime() - woken < LONGEST.toNanos()) {
            Optional<Message> answer = ask(gone);
            if (answer.isPresent() && address(answer.get()).equals(address(newest))) {
                return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - woken);
            }
            if (answer.isPresent() && !saysStale(answer.get())) {
                untold++;
            }
        }
        throw new IOException(gone.name() + " showed nothing new for " + LONGEST.toSeconds() + " s");
    }

    /** Makes the changes over so long, by way of another node; what the name has at last. */
    private int changeWithout(BenchCluster.Node gone, int round, Duration length)
            throws IOException, InterruptedException {
        List<BenchCluster.Node> others =
                cluster.nodes().stream().filter(node -> !node.equals(gone)).toList();
        long start = System.nanoTime();
        for (int i = 1; i <= CHANGES; i++) {
            cluster.accept(others.get(i % others.size()), OWNER, round * CHANGES + i);
            // A pace, not a synchronisation.
            long left = start + length.toNanos() * i / CHANGES - System.nanoTime();
            Thread.sleep(Duration.ofNanos(Math.max(0, left)));
        }
        return (round + 1) * CHANGES;
    }

    private static void signal(String signal, BenchCluster.Node node) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + signal, Long.toString(node.pid()))
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("no signal reached " + node.name());
        }
    }

    private static Optional<Message> ask(BenchCluster.Node node) throws IOException {
        int colon = node.dns().lastIndexOf(':');
        InetSocketAddress server = new InetSocketAddress(
                InetAddress.ofLiteral(node.dns().substring(0, colon)),
                Integer.parseInt(node.dns().substring(colon + 1)));
        Name name = Name.fromString(OWNER, Name.fromString(BenchCluster.ZONE));
        Message question = Message.newQuery(Record.newRecord(name, Type.A, DClass.IN));
        question.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        byte[] wire = question.toWire();
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server);
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.send(new DatagramPacket(wire, wire.length));
            DatagramPacket packet = new DatagramPacket(new byte[1232], 1232);
            socket.receive(packet);
            return Optional.of(new Message(Arrays.copyOf(packet.getData(), packet.getLength())));
        } catch (SocketTimeoutException dropped) {
            return Optional.empty();
        }
    }

    private static String address(Message answer) {
        return answer.getSection(Section.ANSWER).stream()
                .filter(ARecord.class::isInstance)
                .map(record -> ((ARecord) record).getAddress().getHostAddress())
                .findFirst()
                .orElse("none");
    }

    private static String address(int number) {
        return "10.%d.%d.%d".formatted(number >> 16 & 255, number >> 8 & 255, number & 255);
    }

    private static boolean saysStale(Message answer) {
        OPTRecord options = answer.getOPT();
        return options != null
                && options.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR).stream()
                        .anyMatch(option -> ((ExtendedErrorCodeOption) option).getErrorCode()
                                == ExtendedErrorCodeOption.STALE_ANSWER);
    }
}
