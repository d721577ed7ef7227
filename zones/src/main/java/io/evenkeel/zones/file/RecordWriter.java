package io.evenkeel.zones.file;

import io.evenkeel.zones.store.RecordTypes;
import io.evenkeel.zones.store.Records;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SVCBBase;
import org.xbill.DNS.Type;

/**
 * RDATA as text, in the form that PowerDNS' clients compare with what they have sent. The text reads back to the same octets: where what
 * dnsjava writes does not, the form of unknown types (RFC 3597 §5) stands in its place, which every server reads for every type. Pure functions.
 */
public final class RecordWriter {
    /** Before an IPv4 address (RFC 4291 §2.5.5.2). */
    private static final int[] MAPPED = {0, 0, 0, 0, 0, 0xFFFF};

    private RecordWriter() {}

    /**
     * The RDATA on one line, in ASCII, names absolute.
     *
     * @param record one that a zone can have
     */
    public static String rdata(Record record) {
        byte[] rdata = Records.rdata(record);
        String text = text(record, rdata);
        return isSimple(record.getType(), text) || readsBack(record.getType(), text, rdata) ? text : unknown(rdata);
    }

    /** As {@link #rdata}, for {@link RecordReader#readUncut}: what was cut into strings of 255 octets stands in one pair of quotes. */
    public static String rdataUncut(Record record) {
        return record.getType() == Type.TXT || record.getType() == Type.SPF
                ? CharacterString.quoteUncut(Records.rdata(record))
                : rdata(record);
    }

    private static String unknown(byte[] rdata) {
        return ("\\# " + rdata.length + " " + HexFormat.of().withUpperCase().formatHex(rdata)).strip();
    }

    private static String text(Record record, byte[] rdata) {
        try {
            return switch (record.getType()) {
                case Type.AAAA -> ipv6(rdata);
                // dnsjava writes strings by a formatter that threads must not share.
                case Type.TXT,
                        Type.SPF,
                        Type.HINFO,
                        Type.X25,
                        Type.ISDN,
                        Type.GPOS,
                        Type.AVC,
                        Type.NINFO,
                        RecordTypes.RESINFO,
                        RecordTypes.WALLET -> CharacterString.quoteAll(rdata);
                case Type.SVCB, Type.HTTPS -> ServiceText.write(((SVCBBase) record).getTargetName(), rdata);
                case Type.LOC -> LocationText.write(rdata);
                default -> {
                    String further = FurtherText.write(record.getType(), rdata);
                    yield further == null ? record.rdataToString().strip() : further;
                }
            };
        } catch (IOException | RuntimeException unwritable) {
            return ""; // and so in the form of unknown types
        }
    }

    /** Addresses, names and numbers without an escape: nothing in them can be read otherwise. */
    private static boolean isSimple(int type, String text) {
        return switch (type) {
            case Type.A, Type.AAAA, Type.NS, Type.CNAME, Type.PTR, Type.MX, Type.SRV, Type.SOA ->
                text.indexOf('\\') < 0;
            default -> false;
        };
    }

    private static boolean readsBack(int type, String text, byte[] rdata) {
        try {
            return !text.isBlank() && Arrays.equals(Records.rdata(RecordReader.read(Name.root, type, 0, text)), rdata);
        } catch (IOException | RuntimeException unread) { // dnsjava answers some texts with the latter
            return false;
        }
    }

    /**
     * RFC 5952 §4, §5: the longest run of zero groups is cut out, the first of equals; lower case; an IPv4 address in it has dots.
     *
     * @param address 16 octets
     */
    public static String ipv6(byte[] address) {
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (address[2 * i] & 0xFF) << 8 | (address[2 * i + 1] & 0xFF);
        }
        if (Arrays.equals(groups, 0, 6, MAPPED, 0, 6)) {
            return "::ffff:" + (address[12] & 0xFF) + "." + (address[13] & 0xFF) + "." + (address[14] & 0xFF) + "."
                    + (address[15] & 0xFF);
        }
        int from = -1;
        int length = 1;
        for (int i = 0; i < 8; i++) {
            int zeros = 0;
            while (i + zeros < 8 && groups[i + zeros] == 0) {
                zeros++;
            }
            if (zeros > length) {
                from = i;
                length = zeros;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == from) {
                text.append("::");
                i += length - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
