package io.evenkeel.server.log;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * gc/gc.log                is being written
 * gc/gc.log.0, .1, .2      are full; the JVM replaces the oldest
 *
 * The JVM is asked for it while it runs: one that is told by its command line does not start where the file cannot be made. Each collection
 * writes lines while all threads stand still, so the JVM must have been started with -Xlog:async, which has a thread of its own write them;
 * else no log is worth that answers wait for a disk.
 */

/** The log of the JVM's garbage collector in the data folder: a ring of files of the JVM's own. {@link #look} belongs to one thread. */
public final class GcLog {
    private static final Logger LOG = LoggerFactory.getLogger(GcLog.class);

    /** How often {@link #look} is to be called. */
    public static final Duration EVERY = Duration.ofSeconds(1);

    /** Full files beside the one that is written, each of so many octets and a line. */
    private static final int FULL = 3;

    private static final long OCTETS = 1 << 20;

    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path folder;
    private final boolean asynchronous;
    private final long octets;
    private boolean begun;
    private String told = "";

    /** @param data the folder of the node, made by others */
    public GcLog(Path data) {
        this(data, OCTETS);
    }

    /** @param octets of one file */
    GcLog(Path data, long octets) {
        this.folder = data.toAbsolutePath().resolve("gc");
        this.octets = octets;
        this.asynchronous =
                ManagementFactory.getRuntimeMXBean().getInputArguments().contains("-Xlog:async");
    }

    /** Has the JVM begin, unless it has; where that cannot be, says so once and tries again at the next call. May block with the disk. */
    public void look() {
        if (begun) {
            return;
        }
        if (!asynchronous) {
            begun = true; // as it will
            LOG.info(
                    "The collector of this JVM writes no log, since it would wait for the disk: start it with -Xlog:async");
            return;
        }
        String why = begin();
        begun = why.isEmpty();
        if (!begun && !why.equals(told)) {
            told = why;
            LOG.warn("The collector writes no log at present, and the node goes on: {}", why);
        }
    }

    /** Why it does not; empty: it does. */
    private String begin() {
        try {
            if (Files.notExists(folder)) {
                Files.createDirectory(folder, PRIVATE);
            }
            String[] arguments = {
                "output=\"" + folder.resolve("gc.log") + "\"",
                "output_options=\"filecount=" + FULL + ",filesize=" + octets + "\"",
                "what=gc*=info",
                "decorators=time,uptime,tags"
            };
            Object said = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            ObjectName.getInstance("com.sun.management:type=DiagnosticCommand"),
                            "vmLog",
                            new Object[] {arguments},
                            new String[] {String[].class.getName()});
            return String.valueOf(said).strip();
        } catch (IOException | JMException e) {
            return e.toString();
        }
    }
}
