package io.evenkeel.server.admin;

import io.evenkeel.consensus.process.ClientPrivacy;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

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
 * @param keys that are good beside the one in the data folder
 */
public record AdminSettings(
        InetSocketAddress listen,
        String version,
        String clusterName,
        String node,
        Path dataFolder,
        ClientPrivacy privacy,
        long fileBytes,
        List<Key> keys) {
    public AdminSettings {
        keys = List.copyOf(keys);
    }

    /**
     * A key.
     *
     * @param name by which the log and the history of changes show it
     * @param file that holds it
     * @param bulk whether no change that is asked with it is stopped for what it takes of a zone
     */
    public record Key(String name, Path file, boolean bulk) {}

    /** With the bound of {@link AdminLimits} on master files. */
    public AdminSettings(
            InetSocketAddress listen,
            String version,
            String clusterName,
            String node,
            Path dataFolder,
            ClientPrivacy privacy,
            List<Key> keys) {
        this(listen, version, clusterName, node, dataFolder, privacy, AdminLimits.FILE_BYTES, keys);
    }
}
