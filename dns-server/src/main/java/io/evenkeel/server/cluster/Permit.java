package io.evenkeel.server.cluster;

import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.Settings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
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

        private static Role read(int number) throws IOException {
            for (Role role : values()) {
                if (role.number == number) {
                    return role;
                }
            }
            throw new IOException("role " + number);
        }
    }

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            out.writeBoolean(granted);
            out.writeLong(clusterId.getMostSignificantBits());
            out.writeLong(clusterId.getLeastSignificantBits());
            out.writeUTF(raft);
            out.writeUTF(peer);
            out.writeInt(incarnation);
            out.writeByte(role.number);
        } catch (IOException e) {
            throw new UncheckedIOException("nothing but too long strings", e);
        }
        return bytes.toByteArray();
    }

    private static Permit decode(Settings.Setting setting) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(setting.value()))) {
            int format = in.readUnsignedByte();
            if (format != FORMAT && format != WITHOUT_ROLE) {
                throw new IOException("format " + format);
            }
            return new Permit(
                    setting.name(),
                    in.readBoolean(),
                    new UUID(in.readLong(), in.readLong()),
                    in.readUTF(),
                    in.readUTF(),
                    in.readInt(),
                    format == WITHOUT_ROLE ? Role.VOTER : Role.read(in.readUnsignedByte()));
        } catch (IOException e) {
            // It is this program, or a later one, that wrote it: going on as if nothing stood there could let anybody
            // in.
            throw new IllegalStateException("the permit of " + setting.name() + " cannot be read", e);
        }
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
