package io.evenkeel.server;

import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.cluster.ControlSettings;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.config.ServerConfig.MemberConfig;
import io.evenkeel.server.node.NodeMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The cluster as the configuration lists it. */
final class ConfiguredCluster {
    private ConfiguredCluster() {}

    /**
     * The key file's contents; null: none is configured.
     *
     * @throws IOException if the file is missing, unreadable or something else
     */
    static @Nullable ClusterKeys keys(ServerConfig config) throws IOException {
        Path file = config.cluster().keyFile();
        return file == null ? null : ClusterKeys.load(file);
    }

    /** @throws IOException if a node by itself can get no port for its log */
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

    /** Nobody connects to a node by itself, but its log wants a port of its own. */
    private static MemberConfig alone(ServerConfig config) throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = new InetSocketAddress(free.getInetAddress(), free.getLocalPort());
            return new MemberConfig(config.node().name(), address, address);
        }
    }
}
