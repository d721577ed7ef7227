package io.evenkeel.server;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.capacity.CapacityWatch;
import io.evenkeel.server.capacity.ClusterCapacity.Fleet;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.config.ServerConfig.FleetConfig;
import io.evenkeel.server.config.ServerConfig.ListenConfig;
import io.evenkeel.server.config.ServerConfig.MemberConfig;
import io.evenkeel.server.query.Probes;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The capacity of the cluster as the configuration has it. */
final class ConfiguredCapacity {
    private ConfiguredCapacity() {}

    /** By which members know each other's DNS questions; null for a node by itself. */
    static @Nullable Probes probes(ServerConfig config) {
        if (config.cluster().members().isEmpty()) {
            return null;
        }
        return config.cluster().keyFile() == null
                ? Probes.ofLoopback(config.cluster().name(), ConfiguredCapacity::unixSeconds)
                : Probes.keyed(ConfiguredCapacity::unixSeconds);
    }

    private static long unixSeconds() {
        return TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
    }

    static CapacityWatch.Settings settings(ServerConfig config, @Nullable Probes probes) {
        FleetConfig fleet = config.fleet();
        return new CapacityWatch.Settings(
                config.node().name(),
                config.node().data(),
                config.dns().nsid(),
                probeAt(config),
                config.dns().clientTimeout(),
                fleet.devices() == 0
                        ? null
                        : new Fleet(
                                fleet.devices(), fleet.period(), config.dns().clientTimeout()),
                probes);
    }

    /** Where others are to ask this node, as {@link io.evenkeel.server.peer.Vitals} says it. */
    static String probeAt(ServerConfig config) {
        InetSocketAddress said = config.dns().probeAddress();
        if (said != null) {
            return AddressText.show(said);
        }
        MemberConfig self = config.self();
        boolean onOneMachine = self == null
                || (!self.peer().isUnresolved() && self.peer().getAddress().isLoopbackAddress());
        List<InetSocketAddress> listen = config.dns().listen().stream()
                // Where any member may ask without a proxy, and meets the threads that the devices meet.
                .filter(entry -> entry.lane() == ListenConfig.Lane.DEVICE
                        && entry.allow().isEmpty()
                        && !entry.proxy())
                .map(ListenConfig::address)
                .filter(address -> address.getPort() != 0)
                .toList();
        Optional<String> own = listen.stream()
                .filter(address -> !address.getAddress().isAnyLocalAddress())
                // Elsewhere it is another machine's.
                .filter(address -> onOneMachine || !address.getAddress().isLoopbackAddress())
                .map(AddressText::show)
                .findFirst();
        Optional<String> port = listen.stream()
                .filter(address -> address.getAddress().isAnyLocalAddress())
                .map(address -> ":" + address.getPort())
                .findFirst();
        return own.or(() -> port).orElse("");
    }
}
