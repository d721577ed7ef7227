package io.evenkeel.server.peer;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.zones.codec.CodecException;

/**
 * How a node does, as it tells the other members every second: always the same amount, in calm and in a crisis. A number that is not known is
 * NaN.
 *
 * @param loadQps questions a second that came to it over the last minute, answered or not
 * @param answeredQps of these, answered
 * @param droppedQps of these, left unanswered by the node or lost in its kernel
 * @param capacityQps questions a second that it can answer for good
 * @param capacityAgeSeconds since that was measured
 * @param queueDelaySeconds how long the oldest question of the last read had waited, of the worst loop
 * @param diskFree share of the file system with its data folder that is free, 0 to 1
 * @param role in the group
 * @param open whether it answers questions
 * @param nsid as which it answers to the option NSID; empty: it does not
 * @param probeAt where others are to ask it a DNS question every second: an IP address with a port; {@code :port}, which is that port at the host
 *     of its peer address; empty: nowhere
 * @param disk whether it can take changes that grow, and lead
 */
public record Vitals(
        double loadQps,
        double answeredQps,
        double droppedQps,
        double capacityQps,
        double capacityAgeSeconds,
        double queueDelaySeconds,
        double diskFree,
        ReplicaStatus.Role role,
        boolean open,
        String nsid,
        String probeAt,
        Disk disk) {
    private static final int LOAD = 1;
    private static final int ANSWERED = 2;
    private static final int DROPPED = 3;
    private static final int CAPACITY = 4;
    private static final int CAPACITY_AGE = 5;
    private static final int QUEUE_DELAY = 6;
    private static final int DISK_FREE = 7;
    private static final int ROLE = 8;
    private static final int OPEN = 9;
    private static final int NSID = 10;
    private static final int PROBE_AT = 11;
    private static final int DISK = 12;

    /** The disk of a node, as far as it matters to the others. */
    public enum Disk {
        FINE,
        /** It has too little room for changes that grow. */
        SHORT,
        /** It takes seconds to force a block. */
        SLOW
    }

    /** Numbers travel as so many parts of one. */
    private static final double PARTS = 1e6;

    /** An address with a port, or an identity, is shorter. */
    private static final int MOST_CHARS = 100;

    void write(FieldWriter out) {
        part(out, LOAD, loadQps);
        part(out, ANSWERED, answeredQps);
        part(out, DROPPED, droppedQps);
        part(out, CAPACITY, capacityQps);
        part(out, CAPACITY_AGE, capacityAgeSeconds);
        part(out, QUEUE_DELAY, queueDelaySeconds);
        part(out, DISK_FREE, diskFree);
        out.choice(ROLE, role).flag(OPEN, open).text(NSID, nsid).text(PROBE_AT, probeAt);
        if (disk != Disk.FINE) {
            out.choice(DISK, disk);
        }
    }

    private static void part(FieldWriter out, int tag, double value) {
        if (!Double.isNaN(value)) {
            out.number(tag, Math.round(value * PARTS));
        }
    }

    static Vitals read(FieldReader in) throws CodecException {
        return new Vitals(
                part(in, LOAD),
                part(in, ANSWERED),
                part(in, DROPPED),
                part(in, CAPACITY),
                part(in, CAPACITY_AGE),
                part(in, QUEUE_DELAY),
                part(in, DISK_FREE),
                in.choice(ROLE, ReplicaStatus.Role.NONE),
                in.flag(OPEN, false),
                text(in, NSID),
                text(in, PROBE_AT),
                in.choice(DISK, Disk.FINE));
    }

    private static double part(FieldReader in, int tag) throws CodecException {
        long parts = in.number(tag, -1);
        return parts < 0 ? Double.NaN : parts / PARTS;
    }

    private static String text(FieldReader in, int tag) throws CodecException {
        String text = in.text(tag, "");
        if (text.length() > MOST_CHARS) {
            throw new CodecException("field " + tag + " has " + text.length() + " characters, limit " + MOST_CHARS);
        }
        return text;
    }
}
