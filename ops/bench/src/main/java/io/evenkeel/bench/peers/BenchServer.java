package io.evenkeel.bench.peers;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A server that runs, seen as one process and what is below it.
 *
 * @param process its own; ended with this program, whatever ends that
 */
record BenchServer(String name, int port, Path log, ProcessHandle process) implements AutoCloseable {
    private static final int STOP_SECONDS = 20;
    private static final int ANSWER_SECONDS = 180;
    private static final int ASK_MILLIS = 20;

    BenchServer {
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "stop-" + name));
    }

    long pid() {
        return process.pid();
    }

    /** Until it answers for that name with a record; an exception if it ends or takes more than three minutes. */
    void awaitAnswer(String host) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
        while (ask(host, Type.A).isEmpty()) {
            checkTime(end, host);
        }
    }

    /** Until it answers from that version of a zone. */
    void awaitSerial(String zone, long serial) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
        while (true) {
            OptionalLong answered = ask(zone + ".", Type.SOA);
            if (answered.isPresent() && answered.getAsLong() == serial) {
                return;
            }
            checkTime(end, zone);
        }
    }

    private void checkTime(long end, String what) throws IOException {
        if (!process.isAlive()) {
            throw new IOException(name + " has ended; its log is " + log);
        }
        if (System.nanoTime() > end) {
            throw new IOException(
                    "%s gives no answer for %s within %d s; its log is %s".formatted(name, what, ANSWER_SECONDS, log));
        }
    }

    /** Empty without an answer record within 20 ms; the serial of an SOA, else 0. Waits that long in any case without one. */
    private OptionalLong ask(String owner, int type) throws IOException {
        byte[] question = Message.newQuery(Record.newRecord(Name.fromString(owner), type, DClass.IN))
                .toWire();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ASK_MILLIS);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
            socket.setSoTimeout(ASK_MILLIS);
            socket.send(new DatagramPacket(question, question.length));
            DatagramPacket answer = new DatagramPacket(new byte[65_535], 65_535);
            socket.receive(answer);
            if (name.equals(Workload.ECHO)) {
                return OptionalLong.of(0);
            }
            for (Record record :
                    new Message(Arrays.copyOf(answer.getData(), answer.getLength())).getSection(Section.ANSWER)) {
                return OptionalLong.of(record instanceof SOARecord soa ? soa.getSerial() : 0);
            }
        } catch (SocketTimeoutException | PortUnreachableException notYet) {
            // asked again by the caller
        }
        java.util.concurrent.locks.LockSupport.parkNanos(end - System.nanoTime());
        return OptionalLong.empty();
    }

    /** Ends it, in order if it does so within 20 s. */
    @Override
    public void close() {
        process.destroy();
        try {
            process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException hung) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
