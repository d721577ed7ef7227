package io.evenkeel.zones.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.store.PackedRecords;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** What the scanner takes is what dnsjava reads: a comment at the end of a line keeps the scanner from taking it. */
class RecordScannerTest {
    private static final Name ORIGIN = Name.fromConstantString("zone.example.");

    private static boolean takes(String line) {
        Source source = new Source(0, "zone", null, 0, ORIGIN);
        source.defaultTtl = 60;
        byte[] owner = ORIGIN.toWire();
        source.setOwner(owner, owner.length);
        return new RecordScanner(new PackedRecords()).take(line.toCharArray(), 0, line.length(), source);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a A 192.0.2.1",
                "a\t3600\tIN\tA\t192.0.2.1 ",
                "a.b.other. IN 60 aaaa 2001:DB8::1",
                " AAAA ::",
                "*.w 0 in cname @",
                "@ NS ns1",
                "_443._tcp MX 65535 mail.example.",
                "1.2 2147483647 PTR host",
            })
    void takesTheCommonForms(String line) {
        assertThat(takes(line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "a",
                "a A",
                "a A 192.0.2",
                "a A 192.0.2.1.1",
                "a A 192.0.2.256",
                "a A 192.0.2.01",
                "a A 192.0.2.1 more",
                "a AAAA 1:2:3:4:5:6:7",
                "a AAAA 1::2::3",
                "a AAAA 1:2:3:4:5:6:7:8:9",
                "a AAAA :1",
                "a AAAA 1:",
                "a AAAA ::ffff:192.0.2.1",
                "a 1h A 192.0.2.1",
                "a 2147483648 A 192.0.2.1",
                "a CH A 192.0.2.1",
                "a..b A 192.0.2.1",
                ". NS a",
                "a MX 65536 b",
                "a MX b",
                "a TXT text",
                "a TYPE1 192.0.2.1",
                "$TTL 3600",
            })
    void leavesTheRestAlone(String line) {
        assertThat(takes(line)).isFalse();
    }

    @Test
    void nameLimitsAreKept() {
        String label = "x".repeat(63);
        String longest = (label + ".").repeat(3) + "x".repeat(61) + "."; // 3 * 64 + 62 + 1 = 255 octets
        assertThat(takes(longest + " A 192.0.2.1")).isTrue();
        assertThat(takes("x" + longest + " A 192.0.2.1")).isFalse();
        assertThat(takes("x" + label + " A 192.0.2.1")).isFalse();
        // 3 * 64 + 49 + the 14 of the origin = 255
        assertThat(takes((label + ".").repeat(3) + "x".repeat(49) + " A 192.0.2.1"))
                .isFalse();
        assertThat(takes((label + ".").repeat(3) + "x".repeat(48) + " A 192.0.2.1"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void readsAsTheOtherReaderDoes(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            lines.add(line(random));
        }
        String scanned = String.join("\n", lines) + "\n";
        String general = lines.stream().map(line -> line + " ;\n").collect(Collectors.joining());
        for (boolean ttl : new boolean[] {true, false}) {
            String head = ttl ? "$TTL 300\n" : "\n";
            assertThat(said(head + scanned)).isEqualTo(said(head + general));
        }
    }

    private static List<String> said(String text) throws IOException {
        ZoneFile.Parsed parsed = ZoneFile.parse("zone", new StringReader(text), ORIGIN);
        ZoneBuilder.Checked checked = parsed.check();
        List<String> said = new ArrayList<>();
        for (Record record : parsed.records()) {
            said.add(record.toString());
        }
        checked.problems().forEach(problem -> said.add(problem.toString()));
        checked.records().forEach(record -> said.add(record.toString()));
        return said;
    }

    private static String pick(Random random, String... of) {
        return of[random.nextInt(of.length)];
    }

    /** Mostly right, sometimes a mistake. */
    private static String line(Random random) {
        if (random.nextInt(50) == 0) {
            return pick(random, "$ORIGIN b", "$ORIGIN zone.example.", "$TTL 77", "", "   ", "$NONE", "x", ")");
        }
        String type = pick(random, "A", "A", "AAAA", "NS", "cname", "PTR", "MX", "TXT", "TYPE65280", "SRV");
        String rdata = switch (type) {
            case "A" -> pick(random, "192.0.2." + random.nextInt(260), "192.0.2.1", "1.2.3", "01.2.3.4", "1.2.3.4.");
            case "AAAA" -> address(random);
            case "MX" -> pick(random, "10 ", "010 ", "70000 ", "") + name(random);
            case "TXT" -> pick(random, "text", "\"a text\"", "a b");
            case "SRV" -> "0 0 443 " + name(random);
            case "TYPE65280" -> "\\# 1 ff";
            default -> name(random);
        };
        String ttl = pick(random, "", "", "60 ", "1h ", "4000000000 ", "00 ");
        String dclass = pick(random, "", "IN ", "in ", "CH ");
        String owner = random.nextInt(4) == 0 ? "\t" : name(random) + pick(random, " ", "\t", "  ");
        String head = random.nextBoolean() ? ttl + dclass : dclass + ttl;
        return owner + head + type + " " + rdata + pick(random, "", "", " ", " more");
    }

    private static String name(Random random) {
        return pick(
                        random,
                        "@",
                        "a",
                        "A",
                        "b",
                        "*",
                        "_x._tcp",
                        "a.b",
                        "ns.zone.example.",
                        "other.",
                        "a..b",
                        ".",
                        "a\\.b",
                        "x@y")
                + pick(random, "", "", "", "", ".c", "9");
    }

    private static String address(Random random) {
        StringBuilder text = new StringBuilder();
        int groups = 1 + random.nextInt(9);
        for (int i = 0; i < groups; i++) {
            text.append(pick(random, ":", ":", ":", "::"))
                    .append(pick(random, "0", "1", "ab", "FFFF", "12345", "", "g", "0db8"));
        }
        return random.nextInt(3) == 0 ? text.toString() : text.substring(1);
    }
}
