package io.evenkeel.ops.verb;

import java.util.List;
import java.util.Set;
import org.xbill.DNS.Type;

/**
 * How the data of a type is written: how many fields it has, which of them are names, and which is text to the end. It is what
 * has to be known to put words of a person into the form that the API takes; whether they are right the server judges.
 *
 * @param least fields that it has
 * @param most fields that it may have; {@link #ANY}: no bound is known
 * @param names fields that are names, counted from 0
 * @param mailboxes those of them that name a mailbox (RFC 1035 §8)
 * @param text the field that is text, and the last one; {@link #NONE}: none is
 */
record RecordForm(int least, int most, Set<Integer> names, Set<Integer> mailboxes, int text) {
    static final int ANY = Integer.MAX_VALUE;
    static final int NONE = -1;

    private static final RecordForm ONE_NAME = names(1, 0);
    private static final RecordForm PREFERENCE_AND_NAME = names(2, 1);
    /** Of a type that is not known here: each argument is a record, and goes as it is. */
    private static final RecordForm UNKNOWN = fields(1, ANY);

    static RecordForm of(int type) {
        return switch (type) {
            case Type.A, Type.AAAA, Type.EUI48, Type.EUI64 -> fields(1, 1);
            case Type.NS,
                    Type.CNAME,
                    Type.PTR,
                    Type.DNAME,
                    Type.MB,
                    Type.MG,
                    Type.MR,
                    Type.MD,
                    Type.MF,
                    Type.NSAP_PTR -> ONE_NAME;
            case Type.MX, Type.KX, Type.AFSDB, Type.RT, Type.LP -> PREFERENCE_AND_NAME;
            case Type.SRV, RecordTypes.DSYNC -> names(4, 3);
            case Type.NAPTR -> names(6, 5);
            case Type.PX -> names(3, 1, 2);
            case Type.TALINK -> names(2, 0, 1);
            case Type.SOA -> new RecordForm(7, 7, Set.of(0, 1), Set.of(1), NONE);
            case Type.RP -> new RecordForm(2, 2, Set.of(0, 1), Set.of(0), NONE);
            case Type.MINFO -> new RecordForm(2, 2, Set.of(0, 1), Set.of(0, 1), NONE);
            case Type.SVCB, Type.HTTPS -> new RecordForm(2, ANY, Set.of(1), Set.of(), NONE);
            case Type.TXT, Type.SPF, Type.AVC, Type.NINFO, RecordTypes.RESINFO, RecordTypes.WALLET ->
                new RecordForm(1, 1, Set.of(), Set.of(), 0);
            case Type.CAA, Type.URI -> new RecordForm(3, 3, Set.of(), Set.of(), 2);
            case Type.HINFO, Type.NID, Type.L32, Type.L64 -> fields(2, 2);
            case Type.GPOS -> fields(3, 3);
            case Type.SSHFP, Type.KEY -> fields(3, ANY); // RFC 2535 §3.1.2: flags may say that there is no key
            case Type.TLSA,
                    Type.SMIMEA,
                    Type.DS,
                    Type.CDS,
                    Type.DLV,
                    Type.TA,
                    Type.RKEY,
                    Type.DNSKEY,
                    Type.CDNSKEY,
                    Type.CERT,
                    Type.ZONEMD -> fields(4, ANY);
            case Type.CSYNC -> fields(2, ANY);
            case Type.LOC -> fields(5, ANY);
            case Type.IPSECKEY -> fields(4, ANY);
            case Type.AMTRELAY -> fields(4, 4);
            case Type.HIP -> fields(3, ANY);
            default -> UNKNOWN;
        };
    }

    private static RecordForm fields(int least, int most) {
        return new RecordForm(least, most, Set.of(), Set.of(), NONE);
    }

    private static RecordForm names(int fields, Integer... names) {
        return new RecordForm(fields, fields, Set.of(names), Set.of(), NONE);
    }

    /** Whether a field is a name. Of three types other fields, or where they stand, decide that. */
    boolean isName(int type, List<String> fields, int index) {
        return switch (type) {
            case Type.IPSECKEY -> index == 3 && fields.get(1).equals("3"); // RFC 4025 §2.3
            case Type.AMTRELAY -> index == 3 && fields.get(2).equals("3"); // RFC 8777 §4.2.3
            case Type.HIP -> index >= 3; // RFC 8005 §6: rendezvous servers
            default -> names.contains(index);
        };
    }
}
