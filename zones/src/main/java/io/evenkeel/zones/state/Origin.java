package io.evenkeel.zones.state;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Where an asked change has come from.
 *
 * @param key name of the key that was shown
 * @param client address of the client, as much of it as may be kept; empty: not told
 * @param node that took the change from the client; empty: not told
 */
public record Origin(String key, String client, String node) {
    /** Of somebody who does not tell. */
    public static final Origin UNTOLD = new Origin("", "", "");

    /** Characters of each part that are kept: names of keys and nodes are shorter. */
    private static final int MAX_PART = 80;

    /** Cuts what is longer than anything that a node takes: the log has room for what is told. */
    public Origin {
        key = cut(key);
        client = cut(client);
        node = cut(node);
    }

    /** The same, taken by that node. */
    public Origin at(String taker) {
        return new Origin(key, client, taker);
    }

    /** For people: the key, and from where. */
    public String shown() {
        return client.isEmpty() ? key : key + " from " + client;
    }

    private static String cut(String part) {
        return part.length() <= MAX_PART ? part : part.substring(0, MAX_PART);
    }

    /** Octets that it takes in a command. */
    public int octets() {
        return new WireWriter().string(key).string(client).string(node).size() + Short.BYTES;
    }

    /** Those of some requests, in their order: neighbours are often the same and then written once. */
    static void writeAll(WireWriter out, List<Origin> origins) {
        out.u16(origins.size());
        for (int from = 0; from < origins.size(); ) {
            Origin origin = origins.get(from);
            int to = from + 1;
            while (to < origins.size() && origins.get(to).equals(origin)) {
                to++;
            }
            out.u16(to - from).string(origin.key).string(origin.client).string(origin.node);
            from = to;
        }
    }

    static List<Origin> readAll(WireReader in) throws CodecException {
        int count = in.u16();
        List<Origin> origins = new ArrayList<>();
        while (origins.size() < count) {
            int same = in.u16();
            Origin origin = new Origin(in.string(), in.string(), in.string());
            if (same == 0 || origins.size() + same > count) {
                throw new CodecException("the origins of " + count + " requests, of which one is that of " + same);
            }
            for (int i = 0; i < same; i++) {
                origins.add(origin);
            }
        }
        return origins;
    }
}
