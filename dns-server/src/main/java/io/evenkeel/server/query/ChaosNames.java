package io.evenkeel.server.query;

import io.evenkeel.zones.store.QName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The names of class CHAOS at which a server tells of itself (RFC 4892 §2, and BIND's before it); none unless allowed. */
final class ChaosNames {
    private final byte[][] names;
    private final byte[][] texts;

    ChaosNames(AnswerSettings settings) {
        List<byte[]> found = new ArrayList<>();
        List<byte[]> said = new ArrayList<>();
        if (settings.chaos()) {
            byte[] version = settings.version().getBytes(StandardCharsets.UTF_8);
            byte[] identity = settings.identity().getBytes(StandardCharsets.UTF_8);
            for (String top : List.of("server", "bind")) {
                found.add(wire("version", top));
                said.add(version);
                if (identity.length > 0) {
                    found.add(wire(top.equals("bind") ? "hostname" : "id", top));
                    said.add(identity);
                }
            }
        }
        names = found.toArray(byte[][]::new);
        texts = said.toArray(byte[][]::new);
    }

    private static byte[] wire(String label, String top) {
        return ((char) label.length() + label + (char) top.length() + top + '\0').getBytes(StandardCharsets.US_ASCII);
    }

    /** What is to be said at the question's name; null: nothing. */
    byte @Nullable [] find(Query query) {
        QName name = query.name;
        for (int i = 0; i < names.length; i++) {
            if (query.dnsClass() == Wire.CLASS_CHAOS && name.equalsWire(names[i])) {
                return texts[i];
            }
        }
        return null;
    }
}
