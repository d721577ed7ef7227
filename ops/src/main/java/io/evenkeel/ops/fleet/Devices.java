package io.evenkeel.ops.fleet;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The state of each device, in arrays of primitives: some 40 octets for each. The ID and the socket of a question follow from its
 * device and the number of its try, and these from them: so each try has another port, and no table says whose answer one is.
 */
final class Devices {
    /** Between two lookups, or between two tries. */
    static final byte PAUSED = 0;
    /** For an answer over UDP. */
    static final byte WAITING = 1;
    /** For an answer over TCP. */
    static final byte TCP = 2;

    final byte[] state;
    /** Where in the list of its group its tries begin. */
    final byte[] start;
    /** The node that it asked last, or is about to ask. */
    final byte[] node;
    /** Which question of its call home it is at. */
    final byte[] question;
    /** How often it asked again at once in this lookup. */
    final byte[] resent;
    /** Whether the question that it is at was asked in vain before. */
    final boolean[] again;
    /** Tries of this lookup that are over; stays at its largest value. */
    final char[] attempt;
    /** All tries ever, around and around. */
    final char[] tries;

    final long[] sentNanos;
    /** When its call home was due. */
    final long[] beganNanos;

    private final byte[] group;
    private final List<DeviceGroup> groups;
    private final int[] firstDevice;
    private final int[] firstSite;
    private final long seed;
    private final int sockets;
    /** Of an ID: which try it is; the others, which device of its socket. */
    private final int tryBits;

    private final int tryMask;

    Devices(FleetPlan plan, int sockets) {
        int count = plan.devices();
        groups = plan.groups();
        seed = plan.seed();
        this.sockets = sockets;
        int slots = Math.ceilDiv(count, sockets);
        tryBits = Short.SIZE - (Integer.SIZE - Integer.numberOfLeadingZeros(slots - 1));
        tryMask = (1 << tryBits) - 1;
        state = new byte[count];
        start = new byte[count];
        node = new byte[count];
        question = new byte[count];
        resent = new byte[count];
        again = new boolean[count];
        attempt = new char[count];
        tries = new char[count];
        sentNanos = new long[count];
        beganNanos = new long[count];
        group = new byte[count];
        firstDevice = new int[groups.size()];
        firstSite = new int[groups.size()];
        int device = 0;
        int site = 0;
        for (int g = 0; g < groups.size(); g++) {
            firstDevice[g] = device;
            firstSite[g] = site;
            for (int i = 0; i < groups.get(g).devices(); i++) {
                group[device++] = (byte) g;
            }
            site += groups.get(g).sites();
        }
    }

    int count() {
        return state.length;
    }

    int groupIndex(int device) {
        return group[device];
    }

    DeviceGroup group(int device) {
        return groups.get(group[device]);
    }

    /** Its place within its group. */
    int inGroup(int device) {
        return device - firstDevice[group[device]];
    }

    /** The index of its source address. */
    int source(int device) {
        return firstSite[group[device]] + inGroup(device) % group(device).sites();
    }

    /** The try after the last. */
    char nextTry(int device) {
        return (char) (tries[device] + 1);
    }

    /** The socket of that try. */
    int socket(int device, char tried) {
        return (device + (tried & tryMask)) % sockets;
    }

    /** Writes the question of that try. */
    void write(int device, char tried, ByteBuffer into) {
        byte[] message = group(device).questions().get(question[device]).of(seed + device);
        into.clear()
                .put(message)
                .putShort(0, (short) (((device / sockets) << tryBits) | (tried & tryMask)))
                .flip();
    }

    /** Whose question of that ID went through that socket; -1 if nobody's. */
    int find(int socket, int id) {
        int place = Math.floorMod(socket - (id & tryMask), sockets);
        long device = (long) (id >>> tryBits) * sockets + place;
        return device < count() ? (int) device : -1;
    }

    /** Whether an ID is one of the latest try. */
    boolean isLatest(int device, int id) {
        return ((id ^ tries[device]) & tryMask) == 0;
    }

    /** Whether a message holds the question that a device is at. */
    boolean asksThat(int device, ByteBuffer message) {
        return group(device).questions().get(question[device]).isIn(message, seed + device);
    }

    /** Whether a message holds any question of a device. */
    boolean asksAny(int device, ByteBuffer message) {
        for (QuestionPattern each : group(device).questions()) {
            if (each.isIn(message, seed + device)) {
                return true;
            }
        }
        return false;
    }
}
