package io.evenkeel.ops.fleet;

import java.time.Duration;

/** Bounds of a fleet, each with its reason. */
public final class FleetLimits {
    /** Devices of a fleet: a process of 1 GiB holds them, and one thread asks for them. */
    public static final int DEVICES = 500_000;
    /** Groups of a fleet: each keeps 1.3 MB of books. */
    public static final int GROUPS = 16;
    /** Nodes of a fleet: more than a cluster has members. */
    public static final int NODES = 64;
    /** Questions of one call home: a report of more would say nothing of any. */
    public static final int QUESTIONS = 8;
    /** Sockets: above any use, below what a process may have open on most machines. */
    public static final int SOCKETS = 16_384;
    /** Sockets if nobody says how many: an answer's port says much of its device, and machines allow so many. */
    public static final int USUAL_SOCKETS = 4096;
    /** Of one socket: leaves six bits of an ID to tell the tries of a device apart. */
    public static final int DEVICES_PER_SOCKET = 1024;
    /** A try shorter than ten ticks of the wheel would not end in time. */
    public static final Duration LEAST_TIMEOUT = Duration.ofMillis(10);
    /** No client waits longer. */
    public static final Duration TIMEOUT = Duration.ofMinutes(1);
    /** Below it is no pause. */
    public static final Duration LEAST_PAUSE = Duration.ofMillis(10);
    /** Above it nobody would see a device ask twice. */
    public static final Duration PAUSE = Duration.ofHours(1);
    /** Load ends by itself; the outage of 2020 took three quarters of that. */
    public static final int SECONDS = 7200;
    /** How late the 99th percentile of questions may go out: above, the machine is too slow for the fleet. */
    public static final Duration LAG = Duration.ofMillis(10);
    /** Of a core, that the thread may use for ten seconds: above, it cannot be told from a fleet that asks less than it should. */
    public static final double BUSY = 0.9;
    /** Seconds over which that is looked at: a collection of garbage or the compiler at the start is shorter. */
    public static final int BUSY_SECONDS = 10;
    /** It ends within a turn and prints a few lines. */
    static final Duration END = Duration.ofSeconds(5);
    /** Queries over TCP at once: each is a file and a port, and a node may have no more of one client. */
    static final int TCP_OPEN = 1000;
    /** The rest of the process: the JVM's own files. */
    static final int OTHER_FILES = 128;

    private FleetLimits() {}
}
