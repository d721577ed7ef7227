package io.evenkeel.ops.bench;

import io.evenkeel.ops.fleet.DeviceGroup;
import io.evenkeel.ops.fleet.Fleet;
import io.evenkeel.ops.fleet.FleetNode;
import io.evenkeel.ops.fleet.FleetPlan;
import io.evenkeel.ops.fleet.NodeChoice;
import io.evenkeel.ops.fleet.QuestionPattern;
import io.evenkeel.ops.fleet.Reaction;
import io.evenkeel.ops.fleet.Reactions;
import io.evenkeel.ops.fleet.RetryPolicy;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.fleet.Sources;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The simplest fleet: devices that each ask one question, ask it again at once when no answer has come in time, for ever, and pause
 * after an answer, whatever its RCODE.
 *
 * <p>A device that is told that nobody listens asks again at once, too, but so that it and the crowd stay within
 * {@link LoadLimits#CROWD_REFUSED} and {@link LoadLimits#CROWD_REFUSED_RATE}.
 */
public final class Crowd {
    private static final Reactions CONTENT =
            new Reactions(Reaction.ACCEPT, Reaction.ACCEPT, Reaction.ACCEPT, Reaction.RETRY);

    private final Fleet fleet;

    /**
     * A crowd.
     *
     * @param servers each device asks one of them, and all about as many devices
     * @param timeoutNanos how long a device waits for an answer
     * @param pauseNanos between an answer and the next question; the first ones are spread over as long
     * @param seconds how long all of it goes on
     * @param sockets at most; never more than devices
     * @param seed of names and of when each device begins
     */
    public record Settings(
            List<InetSocketAddress> servers,
            int devices,
            long timeoutNanos,
            long pauseNanos,
            double seconds,
            int sockets,
            Sources sources,
            long seed) {
        /** Keeps a copy of the list. */
        public Settings {
            servers = List.copyOf(servers);
        }
    }

    /** @param question that each asks, with digits of its own */
    public Crowd(Settings settings, QuestionPattern question) {
        int devices = settings.devices();
        long refusedNanos = Math.max(
                LoadLimits.CROWD_REFUSED.toNanos(), devices * (1_000_000_000L / LoadLimits.CROWD_REFUSED_RATE));
        DeviceGroup group = new DeviceGroup(
                "crowd",
                devices,
                settings.pauseNanos(),
                0,
                List.of(question),
                settings.timeoutNanos(),
                RetryPolicy.IMMEDIATE,
                0,
                CONTENT,
                NodeChoice.STICKY,
                IntStream.range(0, settings.servers().size()).boxed().toList(),
                Math.ceilDiv(devices, settings.sockets()),
                refusedNanos,
                0);
        List<FleetNode> nodes = settings.servers().stream()
                .map(server -> new FleetNode(ServerAddress.text(server), server, 1, null))
                .toList();
        fleet = new Fleet(new FleetPlan(
                nodes,
                List.of(group),
                settings.sources(),
                settings.sockets(),
                settings.seconds(),
                settings.seed(),
                List.of(),
                List.of()));
    }

    /**
     * Asks until the time is over or {@link #stop} is called.
     *
     * @param each is told of each second when it is over
     * @return what came of all
     * @throws CommandFailure if the sockets cannot be had
     */
    public CrowdCounts run(Consumer<CrowdCounts> each) throws CommandFailure, IOException, InterruptedException {
        return CrowdCounts.of(fleet.run(second -> each.accept(CrowdCounts.of(second))));
    }

    /** See {@link Fleet#shortcoming}. */
    @Nullable
    String shortcoming() {
        return fleet.shortcoming();
    }

    /** Ends a run. Any thread. */
    public void stop() {
        fleet.stop();
    }
}
