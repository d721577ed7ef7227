package io.evenkeel.bench.differential;

import java.util.List;
import java.util.stream.IntStream;

/** The special nodes of DNS, one method each. */
final class SpecialNodes {
    private static final String LABEL_63 = "l".repeat(63);

    private final Draft draft;
    private final List<String> otherZones;
    private final List<Runnable> all = List.of(
            this::host,
            this::host,
            this::emptyNonTerminal,
            this::wildcard,
            this::wildcard,
            this::wildcardThatIsEmpty,
            this::nestedWildcards,
            this::wildcardAlias,
            this::delegation,
            this::delegation,
            this::delegation,
            this::delegationWithSiblingGlue,
            this::largeDelegation,
            this::alias,
            this::alias,
            this::chain,
            this::loop,
            this::dname,
            this::dname,
            this::dnameChain,
            this::dnameThatOverflows,
            this::largeRRset,
            this::namesOfHosts,
            this::oddTypes,
            this::oddLabels,
            this::longNames);
    /** Names below a DNAME are a mistake that some servers refuse a zone for: few zones make it. */
    private final boolean belowDnames;

    /** @param otherZones apexes of zones that are served with this one */
    SpecialNodes(Draft draft, List<String> otherZones) {
        this.draft = draft;
        this.otherZones = otherZones;
        belowDnames = draft.chance(5);
    }

    void add() {
        all.get(draft.random.nextInt(all.size())).run();
    }

    private void host() {
        String owner = draft.fresh("h");
        draft.rrset(owner, "A", draft.address());
        if (draft.chance(50)) {
            draft.rrset(owner, "AAAA", draft.address6());
        }
        if (draft.chance(30)) {
            draft.rrset(owner, "TXT", "\"one\" \"two\"", "\"\"", "\"\\000\\255;\\\"\"");
        }
        draft.offer(owner);
    }

    private void emptyNonTerminal() {
        String empty = draft.fresh("ent");
        draft.rrset(draft.below("x", draft.chance(50) ? empty : draft.below("e", empty)), "A", draft.address());
        draft.offer(empty);
    }

    private void wildcard() {
        String parent = draft.fresh("w");
        String owner = "*." + parent;
        if (draft.chance(70)) {
            draft.rrset(owner, "A", draft.address(), draft.address());
        }
        if (draft.chance(40)) {
            draft.rrset(owner, "MX", "10 " + target());
        }
        draft.rrset(owner, "TXT", "\"any\"");
        if (draft.chance(40)) {
            draft.rrset(draft.below("h", parent), "A", draft.address());
        }
        if (draft.chance(30)) {
            draft.rrset(draft.below("x", draft.below("e", parent)), "A", draft.address());
        }
        draft.offer(parent);
        draft.offer(owner);
    }

    /** RFC 4592 §2.2.2: the asterisk exists for what is below it. */
    private void wildcardThatIsEmpty() {
        String owner = "*." + draft.fresh("we");
        draft.rrset(draft.below("x", owner), "A", draft.address());
        draft.offer(owner);
    }

    private void nestedWildcards() {
        String parent = draft.fresh("nw");
        draft.rrset("*." + parent, "A", draft.address());
        draft.rrset("*.*." + parent, "TXT", "\"below an asterisk\"");
        draft.rrset("*." + draft.below("n", parent), "AAAA", draft.address6());
        draft.rrset("sub.*." + parent, "A", draft.address());
    }

    private void wildcardAlias() {
        String parent = draft.fresh("wc");
        boolean loop = draft.chance(20);
        draft.rrset("*." + parent, "CNAME", loop ? "x.y." + draft.absolute(parent) : target());
        draft.offer(parent);
    }

    private void delegation() {
        String cut = draft.fresh("d");
        switch (draft.random.nextInt(4)) {
            case 0 -> draft.rrset(cut, "NS", "ns." + cut, "ns2.elsewhere.invalid.");
            case 1 -> draft.rrset(cut, "NS", "ns1", "a.ns." + cut);
            case 2 -> draft.rrset(cut, "NS", draft.absolute(cut));
            default -> draft.rrset(cut, "NS", "a.elsewhere.invalid.", "b.elsewhere.invalid.");
        }
        draft.rrset(draft.any("ns." + cut, "a.ns." + cut, cut), "A", draft.address(), draft.address());
        if (draft.chance(50)) {
            draft.rrset(draft.any("ns.", "a.ns.") + cut, "AAAA", draft.address6());
        }
        secure(cut);
        if (draft.chance(40)) {
            draft.offer(cut);
        }
    }

    private void delegationWithSiblingGlue() {
        String first = draft.fresh("sib");
        String second = draft.fresh("ling");
        draft.rrset(first, "NS", "ns." + first, "ns." + second);
        draft.rrset(second, "NS", "ns." + first, "ns." + second);
        draft.rrset("ns." + first, "A", draft.address());
        draft.rrset("ns." + second, "AAAA", draft.address6());
        secure(first);
    }

    private void largeDelegation() {
        String cut = draft.fresh("big");
        int count = draft.any(8, 13, 20, 40);
        draft.rrset(cut, "NS", numbered(count, "ns%d.in." + cut));
        for (int i = 0; i < count; i++) {
            draft.rrset("ns" + i + ".in." + cut, "A", draft.address());
            draft.rrset("ns" + i + ".in." + cut, "AAAA", draft.address6());
        }
        secure(cut);
    }

    private void secure(String cut) {
        if (draft.chance(40)) {
            draft.rrset(
                    cut,
                    "DS",
                    "%d 13 2 %064x".formatted(1 + draft.random.nextInt(65535), draft.random.nextInt(1 << 30)));
        }
    }

    /** Where a name may lead: something here, nothing here, the other zones, beyond them. */
    private String target() {
        return switch (draft.random.nextInt(8)) {
            case 0 -> "nothing" + draft.random.nextInt(9);
            case 1 -> "elsewhere.invalid.";
            case 2 -> draft.any("", "ns1.", "nothing.") + otherZones.get(draft.random.nextInt(otherZones.size()));
            case 3 -> "x." + parentOf(draft.someOwner());
            case 4 -> "x." + draft.someOwner();
            default -> draft.someOwner();
        };
    }

    /** Of an absolute name, but none above the apex. */
    private String parentOf(String owner) {
        return owner.equals(draft.apex) ? owner : owner.substring(owner.indexOf('.') + 1);
    }

    private void alias() {
        String owner = draft.fresh("c");
        draft.rrset(owner, "CNAME", target());
        draft.offer(owner);
    }

    private void chain() {
        int links = draft.any(2, 3, 5, 7, 8, 9, 12, 20);
        String start = draft.fresh("chain");
        for (int i = 0; i < links; i++) {
            draft.rrset("l" + i + "." + start, "CNAME", i == links - 1 ? target() : "l" + (i + 1) + "." + start);
        }
    }

    private void loop() {
        int links = 1 + draft.random.nextInt(3);
        String start = draft.fresh("loop");
        for (int i = 0; i < links; i++) {
            draft.rrset("l" + i + "." + start, "CNAME", "l" + (i + 1) % links + "." + start);
        }
    }

    private void dname() {
        String owner = draft.fresh("dn");
        draft.rrset(owner, "DNAME", target());
        if (draft.chance(40)) {
            draft.rrset(owner, "TXT", "\"beside a DNAME\"");
        }
        if (draft.chance(30)) {
            draft.rrset(draft.fresh("cdn"), "CNAME", "x.y." + owner);
        }
        if (belowDnames) {
            draft.offer(owner);
        }
    }

    private void dnameChain() {
        String first = draft.fresh("dn");
        String second = draft.fresh("dn");
        draft.rrset(first, "DNAME", second);
        draft.rrset(second, "DNAME", draft.chance(30) ? "x." + draft.absolute(first) : target());
    }

    /** RFC 6672 §2.2: whatever has some more labels gets too long. */
    private void dnameThatOverflows() {
        String owner = draft.fresh("over");
        String target = draft.below("t".repeat(50), "u".repeat(60) + "." + "v".repeat(draft.any(20, 40, 60)));
        draft.rrset(owner, "DNAME", target);
        draft.rrset(target, "A", draft.address());
        draft.rrset("x." + target, "TXT", "\"below a long name\"");
    }

    private void largeRRset() {
        String owner = draft.fresh("large");
        int count = draft.any(10, 40, 90);
        switch (draft.random.nextInt(3)) {
            case 0 -> draft.rrset(owner, "A", numbered(count, "198.51.100.%d"));
            case 1 -> draft.rrset(owner, "TXT", numbered(count, "\"text number %d of a large RRset\""));
            default -> draft.rrset(owner, "MX", numbered(count, "%d ns1"));
        }
        if (draft.chance(50)) {
            draft.rrset(draft.fresh("tolarge"), "CNAME", owner);
        }
    }

    private static String[] numbered(int count, String format) {
        return IntStream.range(0, count).mapToObj(i -> format.formatted(i)).toArray(String[]::new);
    }

    private void namesOfHosts() {
        String owner = draft.fresh("svc");
        String host = draft.any("ns1", target(), draft.someOwner());
        switch (draft.random.nextInt(6)) {
            case 0 -> draft.rrset(owner, "MX", "10 " + host, "10 ns1");
            case 1 -> draft.rrset("_x._tcp." + owner, "SRV", "0 0 53 " + host, "1 1 65535 ns1");
            case 2 -> draft.rrset(owner, "NAPTR", "1 2 \"s\" \"x\" \"\" " + host);
            case 3 -> draft.rrset(owner, "SVCB", "1 " + host + " alpn=\"h2\" port=853", "2 . ipv4hint=192.0.2.1");
            case 4 -> draft.rrset(owner, "HTTPS", draft.chance(50) ? "0 " + host : "1 . alpn=\"h2,h3\"");
            default -> draft.rrset(owner, "PTR", host);
        }
        if (draft.chance(40)) {
            draft.rrset(owner, "A", draft.address());
        }
    }

    private void oddTypes() {
        String owner = draft.fresh("odd");
        draft.rrset(owner, "TYPE65280", "\\# 4 c0000201");
        draft.rrset(owner, "TYPE65281", "\\# 0");
        draft.rrset(owner, "CAA", "0 issue \"ca.example\"");
        draft.rrset(owner, "SSHFP", "1 1 123456789abcdef67890123456789abcdef67890");
        draft.rrset(owner, "TLSA", "3 1 1 " + "ab".repeat(32));
        draft.rrset(owner, "HINFO", "\"CPU\" \"OS\"");
        draft.rrset(owner, "RP", "admin " + draft.someOwner());
        draft.rrset(owner, "LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m");
        draft.offer(owner);
    }

    private void oddLabels() {
        String parent = draft.fresh("oct");
        draft.rrset("a\\000b." + parent, "A", draft.address());
        draft.rrset("a\\.b." + parent, "A", draft.address());
        draft.rrset("\\001\\255\\200." + parent, "TXT", "\"octets\"");
        draft.rrset("MiXeD\\032\\@\\;\\\"\\(\\\\x." + parent, "CNAME", "A\\.B." + parent);
        draft.rrset("\\042." + parent, "A", draft.address());
        draft.rrset("**." + parent, "A", draft.address());
        draft.rrset("x*." + parent, "A", draft.address());
        draft.rrset("UPPER." + parent, "MX", "10 a\\000b." + parent);
        draft.offer(parent);
    }

    private void longNames() {
        String parent = draft.fresh("long");
        draft.rrset(LABEL_63 + "." + parent, "A", draft.address());
        int room = draft.kind.longestName() - draft.absolute(parent).length();
        StringBuilder full = new StringBuilder();
        while (room > 1) {
            int label = Math.min(63, room - 1);
            label = room - 1 - label == 1 ? label - 1 : label;
            full.append("f".repeat(label)).append('.');
            room -= label + 1;
        }
        draft.rrset(full + parent, "TXT", "\"as long as a name can be\"");
    }
}
