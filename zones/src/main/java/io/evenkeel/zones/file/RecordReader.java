package io.evenkeel.zones.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.HTTPSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SVCBBase;
import org.xbill.DNS.SVCBRecord;
import org.xbill.DNS.TTL;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/** Records from text: what dnsjava reads, put right where it reads SVCB and HTTPS otherwise than RFC 9460 says, and some types more. */
public final class RecordReader {
    private RecordReader() {}

    /** A TTL as seconds, or as numbers with units as BIND has them; may be above {@link TTL#MAX_VALUE}. */
    static long ttl(String word) throws BadEntryException {
        try {
            return TTL.parse(word, false);
        } catch (NumberFormatException notANumber) {
            throw new BadEntryException("'" + word + "' is not a TTL", "RFC 1035 §5.1");
        }
    }

    /**
     * The record of class IN whose RDATA comes next.
     *
     * @param origin of relative names; null: there must be none
     * @throws TextParseException if the RDATA is malformed
     */
    public static Record read(Name owner, int type, long ttlSeconds, Tokenizer rdata, @Nullable Name origin)
            throws IOException {
        boolean unknownForm = "\\#".equals(rdata.get().value()); // RFC 3597 §5
        rdata.unget();
        Record record;
        try {
            byte[] octets = unknownForm ? null : RdataText.read(type, rdata, origin);
            record = octets == null
                    ? Record.fromString(owner, type, DClass.IN, ttlSeconds, rdata, origin)
                    : Record.newRecord(owner, type, DClass.IN, ttlSeconds, octets);
        } catch (TextParseException bad) {
            if (!unknownForm && String.valueOf(bad.getMessage()).endsWith("invalid unknown RR encoding")) {
                throw new TextParseException("is read in the form of unknown types only: \\# LENGTH HEX");
            }
            throw bad;
        }
        Record read = record instanceof SVCBBase service && !unknownForm ? corrected(service) : record;
        if (!isWritable(read)) {
            throw new TextParseException("incomplete, or a value that it cannot have");
        }
        return read;
    }

    /**
     * Of some types dnsjava reads a text whose last field is missing, and fails when it is to write the record; or it would not
     * read again what it writes.
     */
    private static boolean isWritable(Record record) {
        try {
            byte[] rdata = record.rdataToWireCanonical();
            Record again = Record.newRecord(
                    record.getName(), record.getType(), record.getDClass(), record.getTTL(), rdata.length, rdata);
            return again != null;
        } catch (RuntimeException unwritten) {
            return false;
        }
    }

    private static Record corrected(SVCBBase service) throws TextParseException {
        List<SVCBBase.ParameterBase> parameters = new ArrayList<>();
        for (int key : service.getSvcParamKeys()) {
            SVCBBase.ParameterBase parameter = service.getSvcParamValue(key);
            if (parameter instanceof SVCBBase.ParameterMandatory mandatory) {
                // RFC 9460 §8: in the order of the keys, whatever order the text has
                parameter = new SVCBBase.ParameterMandatory(
                        mandatory.getValues().stream().sorted().toList());
            } else if (parameter instanceof SVCBBase.ParameterAlpn alpn
                    && alpn.getValues().stream().anyMatch(id -> id.indexOf('\\') >= 0)) {
                throw new TextParseException(
                        "alpn with an escape cannot be read (RFC 9460 §A.1): write the record in the form \\# of RFC 3597");
            }
            parameters.add(parameter);
        }
        return service.getType() == Type.HTTPS
                ? new HTTPSRecord(
                        service.getName(),
                        DClass.IN,
                        service.getTTL(),
                        service.getSvcPriority(),
                        service.getTargetName(),
                        parameters)
                : new SVCBRecord(
                        service.getName(),
                        DClass.IN,
                        service.getTTL(),
                        service.getSvcPriority(),
                        service.getTargetName(),
                        parameters);
    }
}
