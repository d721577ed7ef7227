package io.evenkeel.ops.verb;

import java.util.Locale;
import org.xbill.DNS.Type;

/** Types that have a mnemonic and that dnsjava does not list. It gives and takes these mnemonics once this class is there. */
public final class RecordTypes {
    static final int DSYNC = 66;
    static final int RESINFO = 261;
    static final int WALLET = 262;

    static {
        Type.register(DSYNC, "DSYNC", null);
        Type.register(67, "HHIT", null);
        Type.register(68, "BRID", null);
        Type.register(RESINFO, "RESINFO", null);
        Type.register(WALLET, "WALLET", null);
    }

    private RecordTypes() {}

    /** The number of a mnemonic in any case, or of the form TYPE65280 (RFC 3597 §5); -1 if it is neither. */
    public static int value(String text) {
        return Type.value(text.toUpperCase(Locale.ROOT));
    }
}
