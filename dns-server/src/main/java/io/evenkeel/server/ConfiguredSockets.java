package io.evenkeel.server;

import io.evenkeel.server.admin.DnsAddress;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.config.ServerConfig.DnsConfig;
import io.evenkeel.server.config.ServerConfig.DrillConfig.Defence;
import io.evenkeel.server.config.ServerConfig.ListenConfig;
import io.evenkeel.server.query.Lane;
import io.evenkeel.server.transport.ListenPoint;
import io.evenkeel.server.transport.ReceiveSettings;
import io.evenkeel.server.transport.TcpSettings;
import java.util.List;

/** The DNS sockets and their loops as the configuration has them, without the defences that a drill goes without. */
final class ConfiguredSockets {
    private ConfiguredSockets() {}

    /** How long questions may wait. */
    static ReceiveSettings receiving(ServerConfig config) {
        DnsConfig dns = config.dns();
        ReceiveSettings settings = new ReceiveSettings(dns.clientTimeout(), dns.degradedShare());
        return config.drill().has(Defence.SHORT_QUEUE) ? settings : settings.unbounded();
    }

    /** Whether there are loops for infrastructure. */
    static boolean hasInfrastructure(ServerConfig config) {
        return config.hasInfrastructure() && config.drill().has(Defence.LANES);
    }

    /** Where it listens. */
    static List<ListenPoint> points(ServerConfig config) {
        boolean lanes = config.drill().has(Defence.LANES);
        return config.dns().listen().stream()
                .map(entry -> new ListenPoint(
                        entry.address(),
                        lanes ? lane(entry) : Lane.DEVICE,
                        entry.proxy() ? entry.from() : entry.allow(),
                        entry.proxy()))
                .toList();
    }

    /** The same for those who ask where it listens. */
    static List<DnsAddress> shown(List<ListenPoint> points) {
        return points.stream()
                .map(point -> new DnsAddress(
                        point.address(), point.lane() == Lane.INFRASTRUCTURE, point.proxied(), point.allowed()))
                .toList();
    }

    private static Lane lane(ListenConfig entry) {
        return switch (entry.lane()) {
            case DEVICE -> Lane.DEVICE;
            case INFRASTRUCTURE -> Lane.INFRASTRUCTURE;
        };
    }

    /** @param connections as many as this process may have */
    static TcpSettings tcp(ServerConfig config, int connections) {
        DnsConfig dns = config.dns();
        return config.drill().has(Defence.TCP_LIMITS)
                ? new TcpSettings(connections, dns.tcpPerAddress(), dns.tcpIdle(), dns.tcpLife(), dns.tcpQueries())
                : TcpSettings.of(connections, dns.tcpIdle());
    }
}
