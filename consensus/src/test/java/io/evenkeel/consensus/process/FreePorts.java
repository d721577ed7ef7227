package io.evenkeel.consensus.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Ports on loopback for nodes and replicas of tests. */
public final class FreePorts {
    /** Never one twice; somewhere else than another build that runs beside this one. */
    private static final AtomicInteger NEXT =
            new AtomicInteger(20_000 + ThreadLocalRandom.current().nextInt(8_000));

    private FreePorts() {}

    /** Below the range that the system takes for outgoing connections: a node that restarts must find its port free. */
    public static InetSocketAddress next() throws IOException {
        IOException last = new IOException("no port tried");
        for (int i = 0; i < 200; i++) {
            int port = NEXT.getAndIncrement();
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }
}
