package io.evenkeel.server.query;

import io.evenkeel.zones.answer.RCode;
import java.io.IOException;
import java.util.Arrays;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * What holds of the answer to any octets whatever. It reads the question by itself, straight from the RFCs, so that a mistake of
 * {@link Query} is not its own judge.
 */
final class Invariants {
    private static final int HEADER = 12;
    private static final int OUR_UDP_LIMIT = AnswerTable.UDP_PAYLOAD;

    private Invariants() {}

    /**
     * How a message reads.
     *
     * @param questionEnd 12 if there is no question, or none that can be read
     * @param sound all its records can be walked through, and it has at most one OPT record, at its place
     * @param payload that its OPT record announces; -1 without one, or if there is anything wrong with those that can be read
     * @param version of EDNS
     */
    record Reading(int questionEnd, boolean sound, int payload, int version) {
        /** RFC 1035 §4.1, RFC 9619 §4, RFC 6891 §6.1.1. */
        static Reading of(byte[] in, int length) {
            int questions = u16(in, 4);
            int at = HEADER;
            if (questions > 1) {
                return new Reading(HEADER, false, -1, 0);
            }
            if (questions == 1) {
                int name = nameEnd(in, at, length, false);
                if (name < 0 || name + 4 > length) {
                    return new Reading(HEADER, false, -1, 0);
                }
                at = name + 4;
            }
            int questionEnd = at;
            int payload = -1;
            int version = 0;
            for (int section = 1; section <= 3; section++) {
                for (int left = u16(in, 4 + 2 * section); left > 0; left--) {
                    int fixed = nameEnd(in, at, length, true);
                    int end = fixed < 0 || fixed + 10 > length ? -1 : fixed + 10 + u16(in, fixed + 8);
                    if (end < 0 || end > length) {
                        return new Reading(questionEnd, false, payload, version);
                    }
                    if (u16(in, fixed) == Type.OPT) {
                        boolean atItsPlace = section == 3 && in[at] == 0 && payload < 0;
                        if (!atItsPlace || !optionsFit(in, fixed + 10, end)) {
                            return new Reading(questionEnd, false, -1, 0);
                        }
                        payload = u16(in, fixed + 2);
                        version = in[fixed + 5] & 0xFF;
                    }
                    at = end;
                }
            }
            return new Reading(questionEnd, true, payload, version);
        }

        private static int nameEnd(byte[] in, int from, int length, boolean pointers) {
            for (int at = from; at < length && at - from < 255; ) {
                int octets = in[at] & 0xFF;
                if (octets == 0) {
                    return at + 1;
                }
                if (octets >= 0xC0) {
                    return pointers ? at + 2 : -1;
                }
                if (octets > 63) {
                    return -1;
                }
                at += 1 + octets;
            }
            return -1;
        }

        private static boolean optionsFit(byte[] in, int from, int end) {
            int at = from;
            while (at + 4 <= end) {
                at += 4 + u16(in, at + 2);
            }
            return at == end;
        }

        /** RFC 6891 §6.2.3-§6.2.5. */
        int limit(Transport transport) {
            if (transport == Transport.TCP) {
                return 65_535;
            }
            return payload < 0 ? 512 : Math.max(512, Math.min(OUR_UDP_LIMIT, payload));
        }
    }

    /** Cheap ones: silence, size, header, question. */
    static void check(byte[] in, int length, Transport transport, byte[] out, int written) {
        if (length < HEADER || (in[2] & 0x80) != 0) {
            hold(written == 0, "answers what is no question");
            return;
        }
        Reading reading = Reading.of(in, length);
        hold(written >= HEADER, "shorter than a header: " + written);
        hold(written <= reading.limit(transport), written + " octets are more than " + reading.limit(transport));
        hold(out[0] == in[0] && out[1] == in[1], "another id");
        hold((out[2] & 0x80) != 0, "QR is clear");
        hold(((out[2] ^ in[2]) & 0x79) == 0, "another opcode, or another RD");
        hold((out[3] & 0xF0) == 0, "one of RA, Z, AD, CD is set");
        int rcode = out[3] & 0x0F;
        hold(rcode != RCode.SERVFAIL, "SERVFAIL");
        if ((in[2] & 0x78) != 0) {
            boolean update = (in[2] & 0x78) == 5 << 3;
            boolean badVersion = reading.sound && reading.version != 0; // RFC 6891 §6.1.3: before all else
            hold(
                    badVersion
                            ? rcode == 0 // the lower four bits of BADVERS
                            : rcode == RCode.NOTIMP || (update && rcode == RCode.REFUSED),
                    "takes another opcode for a query");
        } else {
            hold(rcode != RCode.NOTIMP || isUdpTransfer(in, reading, transport), "NOTIMP to a query");
        }
        hold(reading.sound || rcode == RCode.FORMERR || (in[2] & 0x78) != 0, "reads what cannot be read");
        boolean question = reading.questionEnd > HEADER;
        hold(u16(out, 4) == (question ? 1 : 0), "another number of questions");
        hold(
                Arrays.equals(in, HEADER, reading.questionEnd, out, HEADER, Math.min(written, reading.questionEnd)),
                "another question");
        hold(u16(out, 10) > 0 || reading.payload < 0, "no OPT in the answer to one");
    }

    /** RFC 5936 §4.2. */
    private static boolean isUdpTransfer(byte[] in, Reading reading, Transport transport) {
        return transport == Transport.UDP
                && reading.questionEnd > HEADER
                && u16(in, reading.questionEnd - 4) == Type.AXFR;
    }

    /** Dear ones: dnsjava reads all of it, nothing follows, and its OPT record is as it should be. */
    static void checkReadable(byte[] in, int length, byte[] out, int written) throws IOException {
        Message answer = new Message(Arrays.copyOf(out, written));
        hold(answer.numBytes() == written, "something follows the message");
        OPTRecord opt = answer.getOPT();
        hold((opt != null) == (Reading.of(in, length).payload >= 0), "OPT where none was sent, or none where one was");
        hold(opt == null || opt.getPayloadSize() == OUR_UDP_LIMIT, "another UDP payload limit");
        int options = 0;
        for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
            for (Record record : answer.getSection(section)) {
                options += record.getType() == Type.OPT ? 1 : 0;
            }
        }
        hold(options <= 1, "two OPT records");
    }

    static int u16(byte[] array, int at) {
        return (array[at] & 0xFF) << 8 | (array[at + 1] & 0xFF);
    }

    static void hold(boolean condition, String violation) {
        if (!condition) {
            throw new AssertionError(violation);
        }
    }
}
