package io.evenkeel.bench.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/*
 * Kernels without netem delay and lose nothing, so this JVM does. Each namespace has an interface whose other end is here, and
 * a route by it to each other namespace: TCP inside of them sees every packet late, and some never. One thread reads packets,
 * decides on each when it arrives, and writes it at that time. What is under way is bounded by rate, delay and queue.
 */

/** Long lines between network namespaces: packets take time, wait for each other, and get lost. Any thread. */
public final class DistantLinks implements AutoCloseable {
    private static final String DEVICE = "far0";
    /** Packets of one interface in a row, so that none keeps others from being delivered. */
    private static final int BURST = 32;
    /** How late it may notice that it is to end. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int IPV4_HEADER = 20;
    private static final int DESTINATION = 16;

    private final Distance distance;
    private final List<byte[]> addresses = new ArrayList<>();
    private final List<TunDevice> devices = new ArrayList<>();
    private final LongAdder carried = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LongAdder overflowed = new LongAdder();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Thread carrier =
            Thread.ofPlatform().daemon().name("distant-links").unstarted(this::carry);
    private volatile boolean closed;

    // Of the carrier alone, as what follows.
    private final Random chance;
    private final PriorityQueue<Packet> underWay = new PriorityQueue<>((a, b) -> Long.signum(a.due - b.due));
    /** When the line from one to the other, at {@code from * n + to}, is free again. */
    private final long[] free;

    private record Packet(long due, int to, byte[] octets) {}

    /** Packets that arrived, that chance has taken, and that found the queue full. */
    public record Counts(long carried, long lost, long overflowed) {}

    /**
     * From now on their packets to each other go this way.
     *
     * @param namespaces by their IPv4 addresses, which other interfaces of theirs have
     */
    DistantLinks(Map<String, NetworkNamespace> namespaces, Distance distance) throws IOException, InterruptedException {
        this.distance = distance;
        this.chance = new Random(distance.seed());
        this.free = new long[namespaces.size() * namespaces.size()];
        Arrays.fill(free, System.nanoTime());
        try {
            for (Map.Entry<String, NetworkNamespace> one : namespaces.entrySet()) {
                NetworkNamespace namespace = one.getValue();
                addresses.add(InetAddress.ofLiteral(one.getKey()).getAddress());
                devices.add(namespace.call(() -> TunDevice.open(DEVICE)));
                namespace.ip("link", "set", DEVICE, "mtu", "" + TunDevice.MTU, "up");
                for (String other : namespaces.keySet()) {
                    if (!other.equals(one.getKey())) {
                        namespace.ip("route", "add", other + "/32", "dev", DEVICE, "src", one.getKey());
                    }
                }
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            devices.forEach(TunDevice::close);
            throw e;
        }
        carrier.start();
    }

    public Counts counts() {
        return new Counts(carried.sum(), lost.sum(), overflowed.sum());
    }

    private void carry() {
        try (TunDevice.Waiter waiter = new TunDevice.Waiter(devices)) {
            while (!closed) {
                Packet next = underWay.peek();
                long wait = next == null ? LOOK_NANOS : Math.clamp(next.due - System.nanoTime(), 0, LOOK_NANOS);
                if (wait > 0) {
                    waiter.await(wait);
                }
                for (int from = 0; from < devices.size(); from++) {
                    take(from);
                }
                deliver();
            }
            ended.complete(null);
        } catch (Throwable e) {
            ended.completeExceptionally(e);
            throw e;
        } finally {
            devices.forEach(TunDevice::close);
        }
    }

    private void take(int from) {
        for (int i = 0; i < BURST; i++) {
            byte[] octets = devices.get(from).read();
            if (octets.length == 0) {
                return;
            }
            int to = destination(octets);
            if (to >= 0) {
                send(from * devices.size() + to, to, octets);
            }
        }
    }

    /** Nobody else is at the other end: multicast and IPv6 go nowhere. */
    private int destination(byte[] octets) {
        if (octets.length < IPV4_HEADER || octets[0] >>> 4 != 4) {
            return -1;
        }
        for (int i = 0; i < addresses.size(); i++) {
            if (Arrays.equals(octets, DESTINATION, DESTINATION + Integer.BYTES, addresses.get(i), 0, Integer.BYTES)) {
                return i;
            }
        }
        return -1;
    }

    private void send(int line, int to, byte[] octets) {
        long now = System.nanoTime();
        long begin = Math.max(0, free[line] - now);
        if (begin > distance.queue().toNanos()) {
            overflowed.increment();
            return;
        }
        free[line] = now + begin + octets.length * 8L * TimeUnit.SECONDS.toNanos(1) / distance.bitsPerSecond();
        if (chance.nextDouble() < distance.loss()) {
            lost.increment();
            return;
        }
        underWay.add(new Packet(free[line] + distance.oneWay().toNanos(), to, octets));
    }

    private void deliver() {
        for (Packet next = underWay.peek(); next != null && next.due - System.nanoTime() <= 0; next = underWay.peek()) {
            underWay.remove();
            devices.get(next.to).write(next.octets);
            carried.increment();
        }
    }

    /** The interfaces are gone then, and with them the routes; fails if the carrier had failed. */
    @Override
    public void close() {
        closed = true;
        ended.orTimeout(Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }
}
