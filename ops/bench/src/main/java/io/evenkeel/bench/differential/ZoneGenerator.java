package io.evenkeel.bench.differential;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Families of three zones, each family from its seed alone: {@code zN.test}, its child {@code subN.zN.test} with both sides of
 * the cut served, and {@code yN.test}, so that chains cross zones. A zone is a heap of special nodes; each new one grows below
 * the apex or below one that is there, so that all nest in all.
 */
final class ZoneGenerator {
    static final int FAMILY = 3;

    private ZoneGenerator() {}

    /** The texts of family {@code number} by apex, a child before its parent. */
    static Map<String, String> family(long seed, int number, Kind kind) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
        String parent = "z%d.test.".formatted(number);
        String child = "sub%d.%s".formatted(number, parent);
        String other = "y%d.test.".formatted(number);
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put(child, zone(new Draft(child, kind, random.split()), List.of(parent, other)));
        Draft top = new Draft(parent, kind, random.split());
        zone(top, List.of(child, other));
        String cut = "sub" + number;
        top.rrset(cut, "NS", "ns1." + cut, "ns1");
        top.rrset("ns1." + cut, "A", "192.0.2.54");
        texts.put(parent, top.text());
        Draft last = new Draft(other, kind, random.split());
        texts.put(other, number % 6 == 5 ? apexDname(last, parent) : zone(last, List.of(parent, child)));
        return texts;
    }

    /** RFC 6672 §2.3: nothing but the apex. */
    private static String apexDname(Draft draft, String target) {
        start(draft, "ns1." + target);
        draft.rrset("", "DNAME", draft.any(target, "x." + target, "elsewhere.invalid."));
        return draft.text();
    }

    private static String zone(Draft draft, List<String> otherZones) {
        start(draft, "ns1");
        draft.rrset("ns1", "A", "192.0.2.53");
        draft.rrset("ns1", "AAAA", "2001:db8::53");
        if (draft.chance(50)) {
            draft.rrset("", "MX", "10 ns1", "20 mail.elsewhere.invalid.");
        }
        if (draft.chance(15)) {
            draft.rrset("*", "TXT", "\"wildcard at the apex\"");
        }
        SpecialNodes nodes = new SpecialNodes(draft, otherZones);
        int count = 8 + draft.random.nextInt(25);
        for (int i = 0; i < count; i++) {
            nodes.add();
        }
        return draft.text();
    }

    /** SOA and NS; MINIMUM below, at and above the SOA's TTL (RFC 2308 §3). */
    private static void start(Draft draft, String nameServer) {
        int minimum = draft.any(5, 60, 300, 3600, 100_000);
        draft.rrset(
                "",
                "SOA",
                "%s hostmaster %d 3600 900 604800 %d".formatted(nameServer, 1 + draft.random.nextInt(9999), minimum));
        draft.rrset("", "NS", nameServer, "ns2.elsewhere.invalid.");
    }
}
