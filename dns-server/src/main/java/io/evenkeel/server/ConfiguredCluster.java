package io.evenkeel.server;

import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.process.Loopback;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.cluster.ControlSettings;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.config.ServerConfig.MemberConfig;
import io.evenkeel.server.node.NodeMemory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The cluster as the configuration lists it. */
final class ConfiguredCluster {
    private ConfiguredCluster() {}

    /**
     * The key file's contents; null: none is configured. A node that has zones waits for them.
     *
     * @param clock judges the dates of certificates
     * @throws IOException if there are no zones, and the file is missing, unreadable or something else
     */
    static @Nullable ClusterKeys keys(ServerConfig config, InstantSource clock) throws IOException {
        Path file = config.cluster().keyFile();
        if (file == null) {
            return null;
        }
        return DataFolder.holdsZones(config.node().data())
                ? ClusterKeys.loadOrAwait(file, clock)
                : ClusterKeys.load(file, clock);
    }

    /** @throws IOException if the system does not tell its addresses */
    static ControlSettings settings(ServerConfig config) throws IOException {
        List<MemberConfig> members = config.cluster().members();
        MemberConfig self = config.self() == null ? alone(config) : config.self();
        List<ControlSettings.Listed> others = new ArrayList<>();
        for (MemberConfig member : members) {
            if (!member.name().equals(self.name())) {
                others.add(listed(member));
            }
        }
        boolean first = members.isEmpty() || members.getFirst().name().equals(self.name());
        return new ControlSettings(
                Version.TEXT,
                config.cluster().name(),
                config.node().data(),
                listed(self),
                others,
                first,
                ReplicaTuning.STANDARD,
                NodeMemory.ofThisProcess().zones());
    }

    private static ControlSettings.Listed listed(MemberConfig member) {
        return new ControlSettings.Listed(member.name(), member.raft(), member.peer());
    }

    /** Nobody connects to a node by itself, but its log wants a port: the system gives it any that is free. */
    private static MemberConfig alone(ServerConfig config) throws IOException {
        InetSocketAddress any = new InetSocketAddress(Loopback.address(), 0);
        return new MemberConfig(config.node().name(), any, any);
    }
}
