package io.evenkeel.bench.differential;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks one server on loopback. One thread. */
final class LoopbackClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 2000;

    private final InetSocketAddress server;
    private final DatagramSocket udp;
    private @Nullable Socket tcp;
    private int id;

    LoopbackClient(int port) throws SocketException {
        server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        udp = new DatagramSocket();
        udp.connect(server);
        udp.setSoTimeout(TIMEOUT_MILLIS);
    }

    /** Empty if no reply comes, by UDP or by TCP as the question wants; asked again once. */
    Optional<byte[]> ask(Question question) throws IOException {
        send(question);
        Optional<byte[]> reply = receive(question);
        if (reply.isEmpty()) {
            send(question);
            return receive(question);
        }
        return reply;
    }

    /** The first half of {@link #ask}, so that servers work at the same time; nothing happens yet if it goes over TCP. */
    void send(Question question) throws IOException {
        id = (id + 1) & 0xFFFF;
        byte[] message = question.message(id);
        if (!question.tcp()) {
            udp.send(new DatagramPacket(message, message.length));
        }
    }

    Optional<byte[]> receive(Question question) throws IOException {
        return question.tcp() ? overTcp(question.message(id)) : overUdp();
    }

    private Optional<byte[]> overUdp() throws IOException {
        byte[] buffer = new byte[65_535];
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        try {
            do {
                packet.setLength(buffer.length);
                udp.receive(packet);
            } while (!isReply(buffer));
        } catch (SocketTimeoutException silence) {
            return Optional.empty();
        } catch (PortUnreachableException nobody) {
            return Optional.empty();
        }
        return Optional.of(Arrays.copyOf(buffer, packet.getLength()));
    }

    private boolean isReply(byte[] message) {
        return ((message[0] & 0xFF) << 8 | message[1] & 0xFF) == id;
    }

    /** A server may have closed an idle connection: then a new one is tried, once. */
    private Optional<byte[]> overTcp(byte[] message) throws IOException {
        boolean fresh = tcp == null;
        try {
            Socket socket = tcp == null ? connect() : tcp;
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            byte[] framed = new byte[2 + message.length];
            framed[0] = (byte) (message.length >> 8);
            framed[1] = (byte) message.length;
            System.arraycopy(message, 0, framed, 2, message.length);
            out.write(framed);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] reply = new byte[in.readUnsignedShort()];
            in.readFully(reply);
            return Optional.of(reply);
        } catch (SocketTimeoutException silence) {
            disconnect();
            return Optional.empty();
        } catch (EOFException | SocketException closed) {
            disconnect();
            return fresh ? Optional.empty() : overTcp(message);
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        tcp = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(server, TIMEOUT_MILLIS);
        return socket;
    }

    private void disconnect() throws IOException {
        if (tcp != null) {
            tcp.close();
            tcp = null;
        }
    }

    @Override
    public void close() throws IOException {
        udp.close();
        disconnect();
    }
}
