package io.evenkeel.zones.check;

import io.evenkeel.zones.check.ZoneProblem.Severity;
import io.evenkeel.zones.store.PackedRecords;
import io.evenkeel.zones.store.Records;
import java.nio.ByteBuffer;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Type;

/** Whether signatures are good at some time. Apart from the rules of contents, which are the same at any time. Pure functions. */
public final class SignatureDates {
    private static final String RULE = "RFC 4035 §5.3.1";

    /** In the RDATA (RFC 4034 §3.1). */
    private static final int EXPIRATION_AT = 8;

    private static final int INCEPTION_AT = 12;

    private SignatureDates() {}

    /**
     * Adds a warning for each signature that validators take for bogus.
     *
     * @param nowSeconds since 1970
     */
    public static void check(PackedRecords records, long nowSeconds, ProblemList problems, ZoneBuilder.Places places) {
        for (int i = 0; i < records.size(); i++) {
            if (records.type(i) == Type.RRSIG && records.get(i) instanceof RRSIGRecord signature) {
                String covered = "the signature of " + Type.string(signature.getTypeCovered());
                ByteBuffer rdata = ByteBuffer.wrap(Records.rdata(signature));
                // RFC 4034 §3.1.5: serial numbers of 32 bits
                int now = (int) nowSeconds;
                if (rdata.getInt(EXPIRATION_AT) - now < 0) {
                    warn(records, i, signature, covered + " has expired", problems, places);
                } else if (now - rdata.getInt(INCEPTION_AT) < 0) {
                    warn(records, i, signature, covered + " is not valid yet", problems, places);
                }
            }
        }
    }

    private static void warn(
            PackedRecords records,
            int index,
            RRSIGRecord signature,
            String text,
            ProblemList problems,
            ZoneBuilder.Places places) {
        Fault fault = new Fault(text, RULE);
        problems.add(
                problems.lists(Severity.WARNING)
                        ? places.at(Severity.WARNING, signature, records.origin(index), fault)
                        : new ZoneProblem(Severity.WARNING, null, 0, signature.getName(), fault));
    }
}
