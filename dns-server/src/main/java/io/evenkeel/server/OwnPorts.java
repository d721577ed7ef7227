package io.evenkeel.server;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.config.ServerConfig.MemberConfig;
import io.evenkeel.server.transport.AddressInUseException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Asks early if a node can have its TCP ports: the libraries that bind these report it late, and in their own words. */
final class OwnPorts {
    private OwnPorts() {}

    /**
     * Binds each of them once and lets go. Not that of {@code health.listen}: without it a node is whole, and a configuration that
     * does not name it may share its default with another node.
     *
     * @throws AddressInUseException if another process has one
     * @throws IOException if one is at an address that is not of this machine
     */
    static void requireFree(ServerConfig config) throws IOException {
        MemberConfig self = config.self();
        if (self != null) {
            requireFree(AddressText.bindable(self.raft()), "raft", "cluster.members");
            requireFree(AddressText.bindable(self.peer()), "peer", "cluster.members");
        }
        requireFree(config.admin().listen(), "admin", "admin.listen");
    }

    private static void requireFree(InetSocketAddress address, String use, String key) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("in use")) {
                throw new AddressInUseException(address, use, key, e);
            }
            throw new IOException(
                    "cannot listen on " + address.getAddress().getHostAddress() + " port " + address.getPort() + " ("
                            + use + "): " + e.getMessage() + "; choose an address of this machine with " + key,
                    e);
        }
    }
}
