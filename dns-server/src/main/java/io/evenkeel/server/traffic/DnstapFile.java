package io.evenkeel.server.traffic;

import io.evenkeel.consensus.process.ClientPrivacy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/*
 * A stream of frames (Frame Streams, as fstrm writes it to a file): a control frame START with the type of contents, data frames, a control
 * frame STOP. A frame is its length in four octets and its contents; a control frame has the length 0, then its own. Each data frame is a
 * message of dnstap.proto (github.com/dnstap/dnstap.pb), of which few fields are needed, so that they are encoded here: a tag, which is the
 * number of the field and how it is written, then a varint, four octets in little-endian order, or a length and octets.
 */

/** Writes messages as dnstap does to a file. A file that breaks off can be read up to there. One thread. */
final class DnstapFile {
    /** Octets of the frame STOP, which every file needs room for. */
    static final int STOP_BYTES = 12;

    private static final byte[] CONTENT_TYPE = "protobuf:dnstap.Dnstap".getBytes(StandardCharsets.US_ASCII);
    private static final int START = 2;
    private static final int STOP = 3;
    private static final int FIELD_CONTENT_TYPE = 1;

    // How a field is written.
    private static final int VARINT = 0;
    private static final int OCTETS = 2;
    private static final int FIXED32 = 5;

    // Fields of Dnstap, and its one type.
    private static final int IDENTITY = 1;
    private static final int VERSION = 2;
    private static final int MESSAGE = 14;
    private static final int TYPE = 15;
    private static final int TYPE_MESSAGE = 1;

    // Fields of Message, and the types that are written.
    private static final int MESSAGE_TYPE = 1;
    private static final int AUTH_QUERY = 1;
    private static final int AUTH_RESPONSE = 2;
    private static final int SOCKET_FAMILY = 2;
    private static final int INET = 1;
    private static final int INET6 = 2;
    private static final int SOCKET_PROTOCOL = 3;
    private static final int UDP = 1;
    private static final int TCP = 2;
    private static final int QUERY_ADDRESS = 4;
    private static final int QUERY_PORT = 6;
    private static final int QUERY_TIME_SEC = 8;
    private static final int QUERY_TIME_NSEC = 9;
    private static final int QUERY_MESSAGE = 10;
    private static final int RESPONSE_TIME_SEC = 12;
    private static final int RESPONSE_TIME_NSEC = 13;
    private static final int RESPONSE_MESSAGE = 14;

    private static final int IPV4_OCTETS = 4;
    /** All fields of a frame but its message, identity and version take less. */
    private static final int FIELDS_BYTES = 128;

    private static final int MOST_VARINT = 10;
    private static final long SECOND = 1_000_000_000L;

    private final WritableByteChannel out;
    private final byte[] identity;
    private final byte[] version;
    private final ClientPrivacy privacy;
    /** What is added to {@link System#nanoTime} to get nanoseconds since 1970. */
    private final long epochNanos;

    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(TrafficLimits.BUFFER_BYTES).order(ByteOrder.BIG_ENDIAN);
    private final ByteBuffer fields;
    private long bytes;

    /**
     * Of a file that is empty.
     *
     * @param identity of this node
     * @param version of this program
     * @param epochNanos what is added to {@link System#nanoTime} to get nanoseconds since 1970
     */
    DnstapFile(WritableByteChannel out, String identity, String version, ClientPrivacy privacy, long epochNanos) {
        this.out = out;
        this.identity = identity.getBytes(StandardCharsets.UTF_8);
        this.version = version.getBytes(StandardCharsets.UTF_8);
        this.privacy = privacy;
        this.epochNanos = epochNanos;
        this.fields = ByteBuffer.allocate(FIELDS_BYTES).order(ByteOrder.LITTLE_ENDIAN); // protobuf: of fixed32
    }

    /** Octets that were written, or are on their way. */
    long bytes() {
        return bytes;
    }

    /** Begins the file. */
    void start() {
        int contents = 4 + 4 + 4 + CONTENT_TYPE.length;
        buffer.putInt(0).putInt(contents).putInt(START).putInt(FIELD_CONTENT_TYPE);
        buffer.putInt(CONTENT_TYPE.length).put(CONTENT_TYPE);
        bytes += 8 + contents;
    }

    /** The most octets that a message takes here. */
    long most(CaptureQueue.Message message) {
        return 2L * (4 + MOST_VARINT * 4 + identity.length + version.length + FIELDS_BYTES)
                + message.questionOctets
                + message.answerOctets;
    }

    /** Writes a question, and its answer if there is one; addresses only as far as they may be told. */
    void write(CaptureQueue.Message message) throws IOException {
        if (privacy != ClientPrivacy.FULL) {
            message.addressOctets = privacy.cut(message.octets, message.addressAt, message.addressOctets);
            ClientSubnets.hide(message.octets, message.questionAt, message.questionOctets, privacy);
            ClientSubnets.hide(message.octets, message.answerAt, message.answerOctets, privacy);
        }
        frame(message, AUTH_QUERY, QUERY_MESSAGE, message.questionAt, message.questionOctets);
        if (message.answerOctets > 0) {
            frame(message, AUTH_RESPONSE, RESPONSE_MESSAGE, message.answerAt, message.answerOctets);
        }
    }

    private void frame(CaptureQueue.Message message, int type, int field, int at, int octets) throws IOException {
        fields.clear();
        number(MESSAGE_TYPE, type);
        if (message.addressOctets > 0) {
            number(SOCKET_FAMILY, message.addressOctets == IPV4_OCTETS ? INET : INET6);
        }
        number(SOCKET_PROTOCOL, message.tcp ? TCP : UDP);
        if (message.addressOctets > 0) {
            octets(fields, QUERY_ADDRESS, message.addressOctets);
            fields.put(message.octets, message.addressAt, message.addressOctets);
            number(QUERY_PORT, message.port);
        }
        long time = message.nanos + epochNanos;
        time(QUERY_TIME_SEC, QUERY_TIME_NSEC, time);
        if (type == AUTH_RESPONSE) {
            time(RESPONSE_TIME_SEC, RESPONSE_TIME_NSEC, time);
        }
        octets(fields, field, octets);
        fields.flip();
        int inner = fields.remaining() + octets;
        int whole = field(IDENTITY, identity.length)
                + field(VERSION, version.length)
                + field(MESSAGE, inner)
                + size((long) TYPE << 3)
                + 1;
        if (buffer.remaining() < 4 + whole) {
            flush();
        }
        buffer.putInt(whole);
        octets(buffer, IDENTITY, identity.length);
        buffer.put(identity);
        octets(buffer, VERSION, version.length);
        buffer.put(version);
        octets(buffer, MESSAGE, inner);
        buffer.put(fields).put(message.octets, at, octets);
        varint(buffer, (long) TYPE << 3 | VARINT);
        varint(buffer, TYPE_MESSAGE);
        bytes += 4 + whole;
    }

    private void time(int seconds, int nanos, long time) {
        number(seconds, Math.floorDiv(time, SECOND));
        varint(fields, (long) nanos << 3 | FIXED32);
        fields.putInt((int) Math.floorMod(time, SECOND));
    }

    private void number(int field, long value) {
        varint(fields, (long) field << 3 | VARINT);
        varint(fields, value);
    }

    private static void octets(ByteBuffer to, int field, int length) {
        varint(to, (long) field << 3 | OCTETS);
        varint(to, length);
    }

    private static void varint(ByteBuffer to, long value) {
        long left = value;
        while (left > 0x7F) {
            to.put((byte) (left | 0x80));
            left >>>= 7;
        }
        to.put((byte) left);
    }

    /** Octets of a field with so many octets in it. */
    private static int field(int field, int octets) {
        return size((long) field << 3) + size(octets) + octets;
    }

    private static int size(long value) {
        return value == 0 ? 1 : (Long.SIZE - Long.numberOfLeadingZeros(value) + 6) / 7;
    }

    /** Writes what waits, whole frames. */
    void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
        buffer.clear();
    }

    /** Ends the file. */
    void stop() throws IOException {
        if (buffer.remaining() < STOP_BYTES) {
            flush();
        }
        buffer.putInt(0).putInt(4).putInt(STOP);
        bytes += STOP_BYTES;
        flush();
    }
}
