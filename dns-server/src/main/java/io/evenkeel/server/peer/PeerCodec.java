package io.evenkeel.server.peer;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * Frames of the peer channel: u32 length, u8 version, u8 code, u64 correlation id, fields. An answer carries the id of its
 * request. Codes from 1 to 63 are kinds of requests, 64 more is the answer of that kind, from 128 on stand the ends that any
 * request may come to. Fields (FieldWriter) may be added to a message without another version: an older node skips them.
 *
 * For ever, whatever the version becomes: this head; HELLO, which is code 1, and its answer, code 65; and the codes from 128
 * on. Each is made of fields; a tag of theirs never gets another meaning, and none goes. So nodes of any two versions from 3 on can tell
 * each other what they speak, and that they do not understand. A frame of another version with another code is read no
 * further than its head; a request is answered with NOT_UNDERSTOOD.
 */

/** The octets of the channel between nodes. Pure. */
final class PeerCodec {
    /** The first one whose frames are made of fields. */
    private static final int FIRST_VERSION = 3;

    static final int VERSION = 3;

    /** What the code of an answer is above the code of its request. */
    static final int ANSWER = 64;

    private static final int NOT_DONE = 128;
    private static final int REFUSED = 129;
    private static final int NOT_LEADER = 130;
    private static final int UNKNOWN = 131;
    private static final int NOT_UNDERSTOOD = 132;

    /** Tags of those. */
    private static final int WHY = 1;

    private static final int LEADER = 2;
    private static final int REASON = 3;
    private static final int UNDERWAY = 4;

    private static final int HEAD_BYTES = 2 + Long.BYTES;

    /** Characters of a line for people: some come from exceptions of others. */
    private static final int LINE_CHARS = 1_000;

    /** Characters of all problems of one refusal: a fifth of a frame, in which each may take three octets. */
    private static final int PROBLEM_CHARS = PeerLimits.PEER_FRAME_BYTES / 5;

    private PeerCodec() {}

    /**
     * A frame as far as any version can read it.
     *
     * @param body the fields; null if only another version than this one can read them
     * @param sizeBytes of all of it
     */
    record Frame(
            int version,
            int code,
            long correlation,
            @Nullable FieldReader body,
            int sizeBytes) {
        boolean isRequest() {
            return code < ANSWER;
        }
    }

    /** The stream is not one of this protocol: nothing after this can be trusted. */
    static final class ProtocolException extends IOException {
        private static final long serialVersionUID = 1L;

        ProtocolException(String message) {
            super(message);
        }
    }

    /** The whole frame of a request, its length included. */
    static byte[] encode(long correlation, Request<?> request) {
        return frame(request.kind().code(), correlation, request::write);
    }

    /** The same of what became of it. */
    static <A> byte[] encode(long correlation, RequestKind<?, A> kind, Outcome<A> outcome) {
        byte[] frame = switch (outcome) {
            case Outcome.Done<A> done ->
                frame(
                        kind.code() + ANSWER,
                        correlation,
                        out -> kind.answerWriter().write(done.answer(), out));
            case Outcome.Refused<A> refused ->
                frame(
                        REFUSED,
                        correlation,
                        out -> out.texts(WHY, lines(refused.problems())).choice(REASON, refused.reason()));
            case Outcome.NotDone<A> not -> frame(NOT_DONE, correlation, out -> out.text(WHY, line(not.why())));
            case Outcome.NotLeader<A> not -> frame(NOT_LEADER, correlation, out -> out.text(LEADER, not.leader()));
            case Outcome.Unknown<A> unknown -> frame(UNKNOWN, correlation, out -> unknown(unknown, out));
        };
        return frame.length - Integer.BYTES <= PeerLimits.PEER_FRAME_BYTES
                ? frame
                : encode(correlation, kind, new Outcome.Unknown<>("an answer of " + frame.length + " octets"));
    }

    private static void unknown(Outcome.Unknown<?> unknown, FieldWriter out) {
        out.text(WHY, line(unknown.why()));
        if (unknown.underway()) {
            out.flag(UNDERWAY, true);
        }
    }

    /** The answer to a request that this node cannot read. */
    static byte[] notUnderstood(long correlation, String why) {
        return frame(NOT_UNDERSTOOD, correlation, out -> out.text(WHY, line(why)));
    }

    private static byte[] frame(int code, long correlation, Consumer<FieldWriter> fields) {
        FieldWriter body = new FieldWriter();
        fields.accept(body);
        byte[] octets = body.toBytes();
        return new WireWriter()
                .u32(HEAD_BYTES + octets.length)
                .u8(VERSION)
                .u8(code)
                .i64(correlation)
                .raw(octets)
                .toBytes();
    }

    /** As many as fit into a frame, whatever they are written in. */
    private static List<String> lines(List<String> problems) {
        List<String> lines = new ArrayList<>();
        int left = PROBLEM_CHARS;
        for (String problem : problems) {
            if (problem.length() > left || lines.size() == FieldReader.ENTRIES) {
                break;
            }
            left -= problem.length();
            lines.add(problem);
        }
        return lines;
    }

    private static String line(String why) {
        return why.substring(0, Math.min(why.length(), LINE_CHARS));
    }

    /** Reads one frame; null at a clean end of the stream. */
    static @Nullable Frame read(DataInputStream in) throws IOException {
        int first = in.read();
        if (first < 0) {
            return null;
        }
        int length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        if (length < HEAD_BYTES || length > PeerLimits.PEER_FRAME_BYTES) {
            throw new ProtocolException(
                    "a frame of " + Integer.toUnsignedString(length) + " octets, limit " + PeerLimits.PEER_FRAME_BYTES);
        }
        int version = in.readUnsignedByte();
        int code = in.readUnsignedByte();
        long correlation = in.readLong();
        byte[] body = new byte[length - HEAD_BYTES];
        in.readFully(body);
        if (version < FIRST_VERSION || code == 0) {
            throw new ProtocolException("a frame of version " + version + " with code " + code);
        }
        if (version != VERSION && !isForEver(code)) {
            return new Frame(version, code, correlation, null, length);
        }
        try {
            return new Frame(version, code, correlation, new FieldReader(body, 0), length);
        } catch (CodecException e) {
            throw new ProtocolException("a frame with code " + code + " that is not made of fields: " + e.getMessage());
        }
    }

    private static boolean isForEver(int code) {
        return code == RequestKind.HELLO || code == RequestKind.HELLO + ANSWER || code >= 2 * ANSWER;
    }

    /**
     * What an answer says.
     *
     * @param node that answers, for people
     * @throws ProtocolException if it answers something else
     */
    static <A> Outcome<A> outcome(String node, RequestKind<?, A> kind, Frame frame) throws ProtocolException {
        FieldReader body = frame.body();
        if (body == null) {
            return new Outcome.Unknown<>(
                    node + " answers in version " + frame.version() + ", this node reads " + VERSION);
        }
        if (frame.code() == kind.code() + ANSWER) {
            try {
                return new Outcome.Done<>(kind.answer().read(body));
            } catch (CodecException e) {
                return new Outcome.Unknown<>("the answer of " + node + " cannot be read: " + e.getMessage());
            }
        }
        return failure(node, kind, frame.code(), body);
    }

    private static <A> Outcome<A> failure(String node, RequestKind<?, A> kind, int code, FieldReader body)
            throws ProtocolException {
        try {
            return switch (code) {
                case NOT_DONE -> new Outcome.NotDone<>(body.text(WHY, ""));
                case REFUSED -> new Outcome.Refused<>(body.choice(REASON, Reason.FAULT), body.texts(WHY));
                case NOT_LEADER -> new Outcome.NotLeader<>(body.text(LEADER));
                case UNKNOWN -> new Outcome.Unknown<>(body.text(WHY, ""), body.flag(UNDERWAY, false));
                case NOT_UNDERSTOOD ->
                    new Outcome.Refused<>(
                            Reason.FAULT,
                            List.of(node + " does not understand " + kind.name() + ": " + body.text(WHY, "")));
                default -> throw new ProtocolException("an answer with code " + code + " to " + kind.name());
            };
        } catch (CodecException e) {
            return new Outcome.Unknown<>("the answer of " + node + " cannot be read: " + e.getMessage());
        }
    }
}
