package io.evenkeel.ops.fleet;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A DNS server of a kind, on one port over UDP and TCP: a script says what it sends for each question. */
public final class Responder implements AutoCloseable {
    private static final int MAX_MESSAGE = 65_535;

    /** What is sent for the question of that number, counted from 0, over both transports. */
    public interface Script {
        List<byte[]> answers(int number, byte[] question);
    }

    private final Script script;
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final AtomicInteger questions = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    /** The addresses that asked, over both transports. */
    private final Set<InetAddress> clients = ConcurrentHashMap.newKeySet();
    /** TCP connections are ended after so many questions, without an answer to the last. */
    private final int questionsPerConnection;

    public Responder(Script script) throws IOException {
        this(script, Integer.MAX_VALUE);
    }

    public Responder(Script script, int questionsPerConnection) throws IOException {
        this.script = script;
        this.questionsPerConnection = questionsPerConnection;
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        ServerSocket connections = new ServerSocket(0, 100, loopback);
        DatagramSocket datagrams = null;
        while (datagrams == null) {
            try {
                datagrams = new DatagramSocket(connections.getLocalSocketAddress());
            } catch (BindException takenByAnother) {
                connections.close();
                connections = new ServerSocket(0, 100, loopback);
            }
        }
        tcp = connections;
        udp = datagrams;
        Thread.ofVirtual().start(this::serveUdp);
        Thread.ofVirtual().start(this::acceptTcp);
    }

    public String address() {
        return "127.0.0.1:" + tcp.getLocalPort();
    }

    public Set<InetAddress> clients() {
        return clients;
    }

    public int questions() {
        return questions.get();
    }

    public int connections() {
        return connections.get();
    }

    /** A response with that RCODE, else as the question is. */
    public static byte[] respond(byte[] question, int rcode) {
        byte[] answer = question.clone();
        answer[2] |= (byte) 0x80;
        answer[3] = (byte) rcode;
        return answer;
    }

    /** The answer to a question, in the midst of five messages that answer nothing that was asked. */
    public static List<byte[]> oneRightAmongSix(byte[] question) {
        byte[] right = respond(question, 0);
        return List.of(
                changed(right, message -> {
                    message[0] ^= 0x7F; // an ID that is not in use
                    return message;
                }),
                changed(right, message -> {
                    message[13] ^= 1; // another name
                    return message;
                }),
                question, // no response
                new byte[5],
                right,
                right); // answered already
    }

    public static byte[] changed(byte[] message, UnaryOperator<byte[]> how) {
        return how.apply(message.clone());
    }

    /** The first label of the question. */
    public static String label(byte[] question) {
        return new String(question, 13, question[12], StandardCharsets.US_ASCII);
    }

    private void serveUdp() {
        DatagramPacket packet = new DatagramPacket(new byte[MAX_MESSAGE], MAX_MESSAGE);
        try {
            while (true) {
                udp.receive(packet);
                clients.add(packet.getAddress());
                byte[] question = Arrays.copyOf(packet.getData(), packet.getLength());
                for (byte[] answer : script.answers(questions.getAndIncrement(), question)) {
                    udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            }
        } catch (SocketException closed) {
            // the test is over
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void acceptTcp() {
        try {
            while (true) {
                Socket connection = tcp.accept();
                connections.incrementAndGet();
                clients.add(connection.getInetAddress());
                Thread.ofVirtual().start(() -> serveTcp(connection));
            }
        } catch (SocketException closed) {
            // the test is over
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serveTcp(Socket connection) {
        try (connection) {
            DataInputStream in = new DataInputStream(connection.getInputStream());
            DataOutputStream out = new DataOutputStream(connection.getOutputStream());
            for (int i = 1; ; i++) {
                byte[] question = new byte[in.readUnsignedShort()];
                in.readFully(question);
                List<byte[]> answers = new ArrayList<>(script.answers(questions.getAndIncrement(), question));
                if (i >= questionsPerConnection) {
                    return;
                }
                for (byte[] answer : answers) {
                    out.writeShort(answer.length);
                    out.write(answer);
                }
                out.flush();
            }
        } catch (EOFException | SocketException ended) {
            // by the client
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
