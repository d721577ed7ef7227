package io.evenkeel.server;

import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.identity.NodeIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether a node can live in a folder, asked before anything is started. */
final class DataFolder {
    private static final Logger LOG = LoggerFactory.getLogger(DataFolder.class);

    /** To anybody at all. The group of a folder that is there is the operator's choice, as Kubernetes' fsGroup. */
    private static final Set<PosixFilePermission> TO_OTHERS = Set.of(
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE);

    /** Below it the log of changes could not be opened; the disk must take at least a few of its files. */
    static final long LEAST_FREE_BYTES = 64 << 20;

    private DataFolder() {}

    /** Whether there are zones to answer from, whatever is wrong with the disk. */
    static boolean holdsZones(Path folder) {
        return NodeIdentity.hasCaughtUp(folder.resolve(NodeIdentity.RAFT_DIRECTORY))
                || NodeIdentity.hasCaughtUp(folder.resolve(NodeIdentity.DAMAGED_DIRECTORY));
    }

    /**
     * Makes the folder if it is absent, for this user alone, and writes to it. Says so if one that is there is open to others: it stays so.
     *
     * @throws DiskException if that is impossible, or too little space is left
     */
    static void prepare(Path folder) throws DiskException {
        prepare(folder, LEAST_FREE_BYTES);
    }

    static void prepare(Path folder, long leastFreeBytes) throws DiskException {
        try {
            DurableFile.makePrivateFolder(folder);
            Path trial = Files.createTempFile(folder, "writable", ".tmp");
            Files.delete(trial);
            warnIfOpen(folder);
        } catch (IOException e) {
            throw new DiskException(
                    "data folder " + folder.toAbsolutePath() + ": cannot be written by user "
                            + System.getProperty("user.name") + " (" + reason(e)
                            + "); correct its owner or mode, or choose another with node.data",
                    e);
        }
        long free;
        try {
            free = Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw new DiskException(
                    "data folder " + folder.toAbsolutePath() + ": cannot tell how much space is free (" + reason(e)
                            + ")",
                    e);
        }
        if (free < leastFreeBytes) {
            throw new DiskException(
                    "data folder " + folder.toAbsolutePath() + ": " + (free >> 20) + " MiB free, at least "
                            + (leastFreeBytes >> 20)
                            + " MiB are needed; free space or choose another disk with node.data",
                    null);
        }
    }

    private static void warnIfOpen(Path folder) throws IOException {
        Set<PosixFilePermission> mode;
        try {
            mode = Files.getPosixFilePermissions(folder);
        } catch (UnsupportedOperationException e) {
            return; // a file system without modes
        }
        if (!Collections.disjoint(mode, TO_OTHERS)) {
            Path shown = folder.toAbsolutePath();
            LOG.warn(
                    "data folder {}: its mode {} lets every user of this machine look into the zones and the log of this node; "
                            + "chmod 700 {}, unless that is wanted",
                    shown,
                    PosixFilePermissions.toString(mode),
                    shown);
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName().replace("Exception", "") + ": " + e.getMessage();
    }
}
