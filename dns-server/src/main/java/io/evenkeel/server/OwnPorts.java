package io.evenkeel.server;

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
     * Binds each of them once and lets go.
     *
     * @throws AddressInUseException if another process has one
     * @throws IOException if one is at an address that is not of this machine
     */
    static void requireFree(ServerConfig config) throws IOException {
        MemberConfig self = config.self();
        if (self != null) {
            requireFree(self.raft(), "raft", "cluster.members");
            requireFree(self.peer(), "peer", "cluster.members");
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
