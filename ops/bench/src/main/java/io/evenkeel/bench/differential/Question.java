package io.evenkeel.bench.differential;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * A question as it is sent.
 *
 * @param name in the case that goes out
 * @param payload UDP size that EDNS says; 0 is a question without EDNS
 */
record Question(Name name, int type, int payload, boolean dnssecOk, boolean recursionDesired, boolean tcp) {
    private static final int OPT = 41;

    Question overTcp() {
        return new Question(name, type, payload, dnssecOk, recursionDesired, true);
    }

    byte[] message(int id) {
        byte[] owner = name.toWire();
        ByteBuffer out = ByteBuffer.allocate(12 + owner.length + 4 + 11);
        out.putShort((short) id)
                .putShort((short) (recursionDesired ? 0x100 : 0))
                .putShort((short) 1);
        out.putInt(0).putShort((short) (payload == 0 ? 0 : 1));
        out.put(owner).putShort((short) type).putShort((short) 1);
        if (payload > 0) {
            out.put((byte) 0).putShort((short) OPT).putShort((short) payload);
            out.putShort((short) 0).putShort((short) (dnssecOk ? 0x8000 : 0)).putShort((short) 0);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /** The command that asks the same. */
    @Override
    public String toString() {
        String edns = payload == 0 ? "+noedns" : "+nocookie +bufsize=" + payload + (dnssecOk ? " +dnssec" : "");
        return "dig %s +ignore +%s %s '%s' %s"
                .formatted(recursionDesired ? "+rec" : "+norec", tcp ? "tcp" : "notcp", edns, name, Type.string(type));
    }
}
