package io.evenkeel.server.admin;

import io.evenkeel.consensus.process.ClientPrivacy;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * What the admin API is made of, from the configuration.
 *
 * @param listen where
 * @param version of this program
 * @param clusterName as configured
 * @param node name of this node
 * @param dataFolder of this node alone; holds the API key, and master files on their way in
 * @param privacy what the log may tell of clients
 * @param fileBytes the largest master file that is taken
 */
public record AdminSettings(
        InetSocketAddress listen,
        String version,
        String clusterName,
        String node,
        Path dataFolder,
        ClientPrivacy privacy,
        long fileBytes) {
    /** With the bound of {@link AdminLimits} on master files. */
    public AdminSettings(
            InetSocketAddress listen,
            String version,
            String clusterName,
            String node,
            Path dataFolder,
            ClientPrivacy privacy) {
        this(listen, version, clusterName, node, dataFolder, privacy, AdminLimits.FILE_BYTES);
    }
}
