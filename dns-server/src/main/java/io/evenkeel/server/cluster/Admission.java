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
 * Whether a name may be a member, kept in the replicated state so that every leader says the same, whatever its own list
 * says. A name without one may join if the leader's list has it.
 *
 * @param admitted it may; false: it was taken out
 * @param clusterId where that was said: a cluster made from the zones of another one starts without such memories
 * @param raft its Raft address
 * @param peer its address on the peer channel; empty if it was never told
 * @param incarnation the highest that has been let in under that name; 0: none
 */
record Admission(String name, boolean admitted, UUID clusterId, String raft, String peer, int incarnation) {
    /** Of the setting. */
    static final String KIND = "member";

    private static final int FORMAT = 1;

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            out.writeBoolean(admitted);
            out.writeLong(clusterId.getMostSignificantBits());
            out.writeLong(clusterId.getLeastSignificantBits());
            out.writeUTF(raft);
            out.writeUTF(peer);
            out.writeInt(incarnation);
        } catch (IOException e) {
            throw new UncheckedIOException("nothing but too long strings", e);
        }
        return bytes.toByteArray();
    }

    private static Admission decode(Settings.Setting setting) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(setting.value()))) {
            int format = in.readUnsignedByte();
            if (format != FORMAT) {
                throw new IOException("format " + format);
            }
            return new Admission(
                    setting.name(),
                    in.readBoolean(),
                    new UUID(in.readLong(), in.readLong()),
                    in.readUTF(),
                    in.readUTF(),
                    in.readInt());
        } catch (IOException e) {
            // It is this program, or a later one, that wrote it: going on as if nothing stood there could let anybody
            // in.
            throw new IllegalStateException("the admission of " + setting.name() + " cannot be read", e);
        }
    }

    /** That of a name. */
    static Optional<Admission> of(ReplicatedState state, UUID clusterId, String name) {
        return Optional.ofNullable(state.settings().find(KIND, name))
                .map(Admission::decode)
                .filter(admission -> admission.clusterId.equals(clusterId));
    }

    /** All of a cluster, by name. */
    static Stream<Admission> all(ReplicatedState state, UUID clusterId) {
        return state.settings().ofKind(KIND).stream()
                .map(Admission::decode)
                .filter(admission -> admission.clusterId.equals(clusterId));
    }
}
