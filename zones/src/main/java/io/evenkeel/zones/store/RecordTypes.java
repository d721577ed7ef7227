package io.evenkeel.zones.store;

import java.util.Locale;
import org.xbill.DNS.Type;

/** Types that have a mnemonic and that dnsjava does not list. It gives and takes these mnemonics once this class is there. */
public final class RecordTypes {
    /** RFC 9859: where to send notifications of a generalized kind. */
    public static final int DSYNC = 66;

    /** RFC 9886 §5.1. */
    public static final int HHIT = 67;

    /** RFC 9886 §5.2. */
    public static final int BRID = 68;

    /** RFC 9606 §5: what a resolver can do. */
    public static final int RESINFO = 261;

    /** The address of a wallet, in the form of TXT. */
    public static final int WALLET = 262;

    static {
        Type.register(DSYNC, "DSYNC", null);
        Type.register(HHIT, "HHIT", null);
        Type.register(BRID, "BRID", null);
        Type.register(RESINFO, "RESINFO", null);
        Type.register(WALLET, "WALLET", null);
    }

    private RecordTypes() {}

    /** The number of a mnemonic in any case, or of the form TYPE65280 (RFC 3597 §5); -1 if it is neither. */
    public static int value(String text) {
        return Type.value(text.toUpperCase(Locale.ROOT));
    }
}
