package io.evenkeel.server.cluster;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.Settings;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Whether a name may be a member, kept in the replicated settings so that every leader says the same, whatever its own list
 * says. A name without one may join if the leader's list has it.
 *
 * @param granted it may be one; false: it was taken out
 * @param clusterId where that was said: a cluster made from the zones of another one starts without such memories
 * @param raft its Raft address
 * @param peer its address on the peer channel; empty if it was never told
 * @param incarnation the highest that has been let in under that name; 0: none
 * @param role as which it may take part
 */
record Permit(String name, boolean granted, UUID clusterId, String raft, String peer, int incarnation, Role role) {
    /** Kind of the setting. */
    static final String KIND = "member";

    private static final int FORMAT = 2;

    /** The same without a role: all vote. */
    private static final int WITHOUT_ROLE = 1;

    /** How a member takes part. Written by number. */
    enum Role {
        /** Its vote and its disk count for every decision. */
        VOTER(1),
        /** It is to follow the log and to answer, and never to be needed. Read, and not let in: nothing here carries it yet. */
        OBSERVER(2);

        private final int number;

        Role(int number) {
            this.number = number;
        }

        private static Role read(int number) throws CodecException {
            for (Role role : values()) {
                if (role.number == number) {
                    return role;
                }
            }
            throw new CodecException("role " + number);
        }
    }

    byte[] encode() {
        WireWriter out = new WireWriter()
                .u8(FORMAT)
                .flag(granted)
                .i64(clusterId.getMostSignificantBits())
                .i64(clusterId.getLeastSignificantBits());
        write(out, raft);
        write(out, peer);
        return out.u32(incarnation).u8(role.number).toBytes();
    }

    private static Permit decode(Settings.Setting setting) {
        try {
            WireReader in = new WireReader(setting.value());
            int format = in.u8();
            if (format != FORMAT && format != WITHOUT_ROLE) {
                throw new CodecException("format " + format);
            }
            return new Permit(
                    setting.name(),
                    in.flag(),
                    new UUID(in.i64(), in.i64()),
                    address(in),
                    address(in),
                    (int) in.u32(),
                    format == WITHOUT_ROLE ? Role.VOTER : Role.read(in.u8()));
        } catch (CodecException e) {
            // It is this program, or a later one, that wrote it: going on as if nothing stood there could let anybody
            // in.
            throw new IllegalStateException("the permit of " + setting.name() + " cannot be read", e);
        }
    }

    /** After a length of two octets, as both formats have it. */
    private static void write(WireWriter out, String address) {
        byte[] octets = address.getBytes(StandardCharsets.US_ASCII);
        out.u16(octets.length).raw(octets);
    }

    private static String address(WireReader in) throws CodecException {
        return new String(in.raw(in.u16()), StandardCharsets.US_ASCII);
    }

    /** The permit of one name. */
    static Optional<Permit> of(ReplicatedState state, UUID clusterId, String name) {
        return Optional.ofNullable(state.settings().find(KIND, name))
                .map(Permit::decode)
                .filter(permit -> permit.clusterId.equals(clusterId));
    }

    /** All permits of a cluster, by name. */
    static Stream<Permit> all(ReplicatedState state, UUID clusterId) {
        return state.settings().ofKind(KIND).stream()
                .map(Permit::decode)
                .filter(permit -> permit.clusterId.equals(clusterId));
    }
}
