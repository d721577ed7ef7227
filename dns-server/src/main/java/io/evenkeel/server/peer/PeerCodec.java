package io.evenkeel.server.peer;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.zones.RequestId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Frames of the peer channel: {@code u32 length, u8 version, u8 kind, u64 correlation id, body}. An answer carries the id of
 * its request. Strings are {@link DataOutputStream#writeUTF} strings. A reader takes only its own version and the kinds that
 * it knows; HELLO tells who runs what, so that a later version can speak the older one while a cluster is being upgraded.
 */
final class PeerCodec {
    static final byte VERSION = 2;

    /** Members in an answer: far above any sensible cluster. */
    private static final int MEMBERS = 100;

    /** Characters of a reason: a line for people. */
    private static final int REASON_CHARS = 1_000;

    private static final int HELLO = 1;
    private static final int SUBMIT = 2;
    private static final int JOIN = 3;
    private static final int ASK_GATE = 4;
    private static final int MANAGE = 5;
    private static final int LOOK = 6;
    private static final int HELLO_ANSWER = 65;
    private static final int OUTCOME = 66;
    private static final int DONE = 67;
    private static final int NOT_LEADER = 68;
    private static final int BUSY = 69;
    private static final int REFUSED = 70;
    private static final int FAILED = 71;
    private static final int GATE_ANSWER = 72;
    private static final int LOOK_ANSWER = 73;

    private PeerCodec() {}

    /** A message with the id that ties an answer to its request. */
    record Frame(long correlation, PeerMessage message) {}

    /** The stream is not one of this protocol: nothing after this can be trusted. */
    static final class ProtocolException extends IOException {
        private static final long serialVersionUID = 1L;

        ProtocolException(String message) {
            super(message);
        }
    }

    /** The whole frame, its length included. */
    static byte[] encode(long correlation, PeerMessage message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(0);
            out.writeByte(VERSION);
            out.writeByte(kind(message));
            out.writeLong(correlation);
            writeBody(out, message);
        } catch (IOException e) {
            throw new UncheckedIOException("a byte array takes everything but too long strings", e);
        }
        byte[] frame = bytes.toByteArray();
        int length = frame.length - Integer.BYTES;
        for (int i = 0; i < Integer.BYTES; i++) {
            frame[i] = (byte) (length >>> (24 - 8 * i));
        }
        return frame;
    }

    /** Reads one frame; null at a clean end of the stream. */
    static @Nullable Frame read(DataInputStream in) throws IOException {
        int first = in.read();
        if (first < 0) {
            return null;
        }
        int length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        if (length < 10 || length > PeerLimits.PEER_FRAME_BYTES) {
            throw new ProtocolException(
                    "a frame of " + Integer.toUnsignedString(length) + " octets, limit " + PeerLimits.PEER_FRAME_BYTES);
        }
        byte[] frame = new byte[length];
        in.readFully(frame);
        return decode(frame);
    }

    private static Frame decode(byte[] frame) throws ProtocolException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(frame))) {
            int version = in.readUnsignedByte();
            if (version != VERSION) {
                throw new ProtocolException("peer protocol version " + version + ", this node speaks " + VERSION);
            }
            int kind = in.readUnsignedByte();
            long correlation = in.readLong();
            PeerMessage message = readBody(kind, in);
            if (in.available() > 0) {
                throw new ProtocolException(in.available() + " octets after a message of kind " + kind);
            }
            return new Frame(correlation, message);
        } catch (ProtocolException e) {
            throw e;
        } catch (IOException e) {
            throw new ProtocolException("a frame that ends too early or holds a broken string");
        }
    }

    private static int kind(PeerMessage message) {
        return switch (message) {
            case PeerMessage.Hello _ -> HELLO;
            case PeerMessage.Submit _ -> SUBMIT;
            case PeerMessage.Join _ -> JOIN;
            case PeerMessage.AskGate _ -> ASK_GATE;
            case PeerMessage.GateAnswer _ -> GATE_ANSWER;
            case PeerMessage.Manage _ -> MANAGE;
            case PeerMessage.Look _ -> LOOK;
            case PeerMessage.LookAnswer _ -> LOOK_ANSWER;
            case PeerMessage.HelloAnswer _ -> HELLO_ANSWER;
            case PeerMessage.Outcome _ -> OUTCOME;
            case PeerMessage.Done _ -> DONE;
            case PeerMessage.NotLeader _ -> NOT_LEADER;
            case PeerMessage.Busy _ -> BUSY;
            case PeerMessage.Refused _ -> REFUSED;
            case PeerMessage.Failed _ -> FAILED;
        };
    }

    private static void writeBody(DataOutputStream out, PeerMessage message) throws IOException {
        switch (message) {
            case PeerMessage.Hello m -> {
                out.writeUTF(m.clusterName());
                writeId(out, m.clusterId());
                out.writeUTF(m.node());
                out.writeInt(m.incarnation());
                out.writeUTF(m.version());
            }
            case PeerMessage.HelloAnswer m -> {
                out.writeUTF(m.clusterName());
                writeId(out, m.clusterId());
                out.writeUTF(m.node());
                out.writeInt(m.incarnation());
                out.writeUTF(m.version());
                out.writeUTF(m.first());
                writeName(out, m.leader());
                out.writeShort(m.members().size());
                for (Member member : m.members()) {
                    writeMember(out, member);
                }
                out.writeInt(m.yourIncarnation());
                out.writeUTF(m.yourStanding().name());
            }
            case PeerMessage.Submit m -> {
                out.writeLong(m.remainingMillis());
                out.writeLong(m.id().high());
                out.writeLong(m.id().low());
                out.writeUTF(m.principal());
                writeBytes(out, m.change());
            }
            case PeerMessage.Outcome m -> writeBytes(out, m.outcome());
            case PeerMessage.Join m -> {
                writeId(out, m.clusterId());
                writeMember(out, m.member());
            }
            case PeerMessage.GateAnswer m -> out.writeBoolean(m.open());
            case PeerMessage.Manage m -> {
                out.writeUTF(m.verb().name());
                out.writeUTF(m.name());
                out.writeUTF(m.raft());
                out.writeUTF(m.peer());
            }
            case PeerMessage.LookAnswer m -> writeLook(out, m);
            case PeerMessage.AskGate _, PeerMessage.Done _, PeerMessage.Look _ -> {}
            case PeerMessage.NotLeader m -> writeName(out, m.leader());
            case PeerMessage.Busy m -> writeReason(out, m.why());
            case PeerMessage.Refused m -> writeReason(out, m.why());
            case PeerMessage.Failed m -> writeReason(out, m.why());
        }
    }

    private static PeerMessage readBody(int kind, DataInputStream in) throws IOException {
        return switch (kind) {
            case HELLO -> new PeerMessage.Hello(in.readUTF(), readId(in), in.readUTF(), in.readInt(), in.readUTF());
            case HELLO_ANSWER ->
                new PeerMessage.HelloAnswer(
                        in.readUTF(),
                        readId(in),
                        in.readUTF(),
                        in.readInt(),
                        in.readUTF(),
                        in.readUTF(),
                        readName(in),
                        readMembers(in),
                        in.readInt(),
                        readOne(in, PeerMessage.Standing.class));
            case MANAGE ->
                new PeerMessage.Manage(
                        readOne(in, PeerMessage.Manage.Verb.class), in.readUTF(), in.readUTF(), in.readUTF());
            case LOOK -> new PeerMessage.Look();
            case LOOK_ANSWER -> readLook(in);
            case SUBMIT ->
                new PeerMessage.Submit(
                        in.readLong(), new RequestId(in.readLong(), in.readLong()), in.readUTF(), readBytes(in));
            case OUTCOME -> new PeerMessage.Outcome(readBytes(in));
            case JOIN -> {
                UUID clusterId = readId(in);
                if (clusterId == null) {
                    throw new ProtocolException("a JOIN without a cluster id");
                }
                yield new PeerMessage.Join(clusterId, readMember(in));
            }
            case ASK_GATE -> new PeerMessage.AskGate();
            case GATE_ANSWER -> new PeerMessage.GateAnswer(in.readBoolean());
            case DONE -> new PeerMessage.Done();
            case NOT_LEADER -> new PeerMessage.NotLeader(readName(in));
            case BUSY -> new PeerMessage.Busy(in.readUTF());
            case REFUSED -> new PeerMessage.Refused(in.readUTF());
            case FAILED -> new PeerMessage.Failed(in.readUTF());
            default -> throw new ProtocolException("a message of unknown kind " + kind);
        };
    }

    /** Some come from exceptions of others, and a string of more than 65,535 octets cannot be written. */
    private static void writeReason(DataOutputStream out, String why) throws IOException {
        out.writeUTF(why.substring(0, Math.min(why.length(), REASON_CHARS)));
    }

    private static void writeId(DataOutputStream out, @Nullable UUID id) throws IOException {
        out.writeBoolean(id != null);
        if (id != null) {
            out.writeLong(id.getMostSignificantBits());
            out.writeLong(id.getLeastSignificantBits());
        }
    }

    private static @Nullable UUID readId(DataInputStream in) throws IOException {
        return in.readBoolean() ? new UUID(in.readLong(), in.readLong()) : null;
    }

    private static void writeName(DataOutputStream out, @Nullable String name) throws IOException {
        out.writeUTF(name == null ? "" : name);
    }

    private static @Nullable String readName(DataInputStream in) throws IOException {
        String name = in.readUTF();
        return name.isEmpty() ? null : name;
    }

    private static void writeMember(DataOutputStream out, Member member) throws IOException {
        out.writeUTF(member.name());
        out.writeInt(member.incarnation());
        out.writeUTF(member.raftAddress());
        out.writeUTF(member.peerAddress());
    }

    private static Member readMember(DataInputStream in) throws IOException {
        return new Member(in.readUTF(), in.readInt(), in.readUTF(), in.readUTF());
    }

    private static List<Member> readMembers(DataInputStream in) throws IOException {
        int count = readCount(in);
        List<Member> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            members.add(readMember(in));
        }
        return members;
    }

    private static <E extends Enum<E>> E readOne(DataInputStream in, Class<E> choices) throws IOException {
        String name = in.readUTF();
        try {
            return Enum.valueOf(choices, name);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("a " + choices.getSimpleName() + " that is not known");
        }
    }

    private static void writeLook(DataOutputStream out, PeerMessage.LookAnswer m) throws IOException {
        out.writeUTF(m.node());
        out.writeInt(m.incarnation());
        out.writeUTF(m.role().name());
        out.writeLong(m.term());
        writeName(out, m.leader());
        out.writeLong(m.commitIndex());
        out.writeLong(m.appliedIndex());
        out.writeUTF(m.state());
        out.writeBoolean(m.ready());
        List<String> reasons = m.reasons().subList(0, Math.min(m.reasons().size(), MEMBERS));
        out.writeShort(reasons.size());
        for (String reason : reasons) {
            writeReason(out, reason);
        }
        out.writeShort(m.followers().size());
        for (LeaderView.Follower follower : m.followers()) {
            out.writeUTF(follower.peerId());
            out.writeLong(follower.matchIndex());
            out.writeLong(follower.sinceHeard().toMillis());
        }
    }

    private static PeerMessage.LookAnswer readLook(DataInputStream in) throws IOException {
        String node = in.readUTF();
        int incarnation = in.readInt();
        ReplicaStatus.Role role = readOne(in, ReplicaStatus.Role.class);
        long term = in.readLong();
        String leader = readName(in);
        long commit = in.readLong();
        long applied = in.readLong();
        String state = in.readUTF();
        boolean ready = in.readBoolean();
        List<String> reasons = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            reasons.add(in.readUTF());
        }
        List<LeaderView.Follower> followers = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            followers.add(new LeaderView.Follower(in.readUTF(), in.readLong(), Duration.ofMillis(in.readLong())));
        }
        return new PeerMessage.LookAnswer(
                node, incarnation, role, term, leader, commit, applied, state, ready, reasons, followers);
    }

    private static int readCount(DataInputStream in) throws IOException {
        int count = in.readUnsignedShort();
        if (count > MEMBERS) {
            throw new ProtocolException(count + " entries, limit " + MEMBERS);
        }
        return count;
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new ProtocolException("a field of " + length + " octets, " + in.available() + " are left");
        }
        return in.readNBytes(length);
    }
}
