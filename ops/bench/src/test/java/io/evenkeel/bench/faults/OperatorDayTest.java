package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A day of an operator: verbs as they are typed, rightly and wrongly, at three real nodes through the launcher. */
@Tag("faults")
class OperatorDayTest extends ThreeNodes {
    private static final String SHOP = "shop.example";

    private final SoftAssertions all = new SoftAssertions();

    /** It is done, and says all of that. */
    private LocalCluster.Said done(List<String> told, String... args) throws Exception {
        return ends(0, told, args);
    }

    /** @param told on either of its outputs */
    private LocalCluster.Said ends(int code, List<String> told, String... args) throws Exception {
        LocalCluster.Said said = cluster.run(args);
        judge(said, code, told, String.join(" ", args));
        return said;
    }

    private void judge(LocalCluster.Said said, int code, List<String> told, String typed) {
        String text = said.out() + "\n" + said.err();
        all.assertThat(said.code()).as("%s%n%s", typed, text).isEqualTo(code);
        for (String each : told) {
            all.assertThat(text.replaceAll("\\s+", " ")).as(typed).contains(each);
        }
        all.assertThat(text).as(typed).doesNotContain("Exception", "\tat ");
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static String zone(int hosts) {
        return "$ORIGIN stock.example.\n$TTL 300\n@ SOA ns1 hostmaster 2026120201 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.53\n"
                + IntStream.range(0, hosts)
                        .mapToObj(host -> "h%d A 198.51.100.%d%n".formatted(host, host))
                        .collect(Collectors.joining());
    }

    @Test
    void theRightIsDoneAndToldAndTheWrongIsRefusedWithItsRemedy() throws Exception {
        looksAround();
        makesAZone();
        mistypesRecords();
        importsAZone();
        comparesAndSearches();
        changesManyAtOnce();
        tendsToNodes();
        takesThingsAway();
        goesBack();
        all.assertAll();
    }

    private void looksAround() throws Exception {
        done(List.of("n1", "n2", "n3"), "status");
        done(List.of("n1", "n2", "n3"), "gate", "status");
        done(List.of("n1", "n2", "n3"), "cluster", "status");
        ends(2, List.of("zone list"), "zone", "lst");
        ends(2, List.of("did you mean evenkeel status --node?"), "status", "--nodse", "n1");
        LocalCluster.Said json = done(List.of(), "zone", "list", "--output", "json");
        all.assertThat(Json.readOrMissing(json.out().getBytes(StandardCharsets.UTF_8))
                        .isMissingNode())
                .as(json.out())
                .isFalse();
    }

    private void makesAZone() throws Exception {
        done(
                List.of("shop.example. 3600 SOA ns1.shop.example.", "has no address"),
                "zone",
                "create",
                SHOP,
                "--ns",
                "ns1");
        ends(1, List.of("there is a zone shop.example. already"), "zone", "create", SHOP, "--ns", "ns1");
        done(List.of("ns1.shop.example. 3600 A 192.0.2.53"), "rrset", "add", SHOP, "ns1", "A", "192.0.2.53");
        done(
                List.of("www.shop.example. 3600 A 192.0.2.1", "www.shop.example. 3600 A 192.0.2.2"),
                "rrset",
                "add",
                SHOP,
                "www",
                "A",
                "192.0.2.1",
                "192.0.2.2",
                "--ttl",
                "1h");
        done(
                List.of("\"v=spf1 include:_spf.example.net -all\""),
                "rrset",
                "add",
                SHOP,
                "@",
                "TXT",
                "v=spf1 include:_spf.example.net -all");
        done(List.of("MX 10 mail.shop.example."), "rrset", "add", SHOP, "@", "MX", "10", "mail");
        done(List.of("192.0.2.1"), "rrset", "list", SHOP, "www");
    }

    private void mistypesRecords() throws Exception {
        ends(1, List.of("192.0.2.300"), "rrset", "add", SHOP, "www", "A", "192.0.2.300");
        ends(1, List.of("CNAME"), "rrset", "add", SHOP, "www", "CNAME", "web.example.net");
        ends(2, List.of("--ttl"), "rrset", "add", SHOP, "www", "A", "192.0.2.3", "--ttl", "soon");
        ends(1, List.of("nowhere.example."), "rrset", "add", "nowhere.example", "www", "A", "192.0.2.1");
        ends(2, List.of("rrset add"), "rrset", "add", SHOP);
        done(
                List.of("shop.example.shop.example."),
                "rrset",
                "add",
                SHOP,
                "twice",
                "CNAME",
                "www.shop.example.shop.example.");
        done(List.of("twice.shop.example."), "rrset", "delete", SHOP, "twice");
        done(List.of("nothing to change", "twice.shop.example. has no records"), "rrset", "delete", SHOP, "twice");
    }

    private void importsAZone() throws Exception {
        Path good = file("stock.example.zone", zone(60));
        Path cut = file("cut.zone", zone(20));
        Path bad = file("bad.zone", zone(2) + "x A 1.2.3\n");
        judge(
                LocalCluster.evenkeel(Map.of(), "zone", "check", good.toString()),
                0,
                List.of("stock.example."),
                "zone check");
        judge(
                LocalCluster.evenkeel(Map.of(), "zone", "check", bad.toString()),
                1,
                List.of("bad.zone", "1.2.3"),
                "zone check of a faulty file");
        ends(1, List.of("--create"), "zone", "import", good.toString());
        done(List.of("stock.example.", "2026120201"), "zone", "import", good.toString(), "--create");
        ends(1, List.of("bad.zone", "1.2.3"), "zone", "import", bad.toString());
        ends(3, List.of("- h59.stock.example."), "zone", "import", cut.toString(), "--dry-run");
        ends(1, List.of("takes 40 of the 62 names of stock.example.", "--force"), "zone", "import", cut.toString());
        done(List.of("192.0.2.53"), "rrset", "list", "stock.example", "ns1");
        done(List.of("stock.example."), "zone", "import", cut.toString(), "--force");
        done(List.of("stock.example."), "zone", "import", good.toString());
    }

    private void comparesAndSearches() throws Exception {
        Path exported = folder.resolve("exported.zone");
        done(List.of(), "zone", "export", "stock.example", "--file", exported.toString());
        done(List.of(), "zone", "diff", exported.toString());
        ends(
                3,
                List.of("h59.stock.example."),
                "zone",
                "diff",
                "served",
                folder.resolve("cut.zone").toString());
        done(List.of("stock.example. h7 300 A 198.51.100.7"), "search", "198.51.100.7");
        done(List.of("h7.copied.example."), "zone", "copy", "stock.example", "copied.example", "--dry-run");
        done(List.of("copied.example."), "zone", "copy", "stock.example", "copied.example");
        ends(1, List.of("copied.example."), "zone", "copy", "stock.example", "copied.example");
        Path editor = file("editor", "#!/bin/sh\nsed -i 's/198.51.100.9$/203.0.113.9/' \"$1\"\n");
        assertThat(editor.toFile().setExecutable(true)).isTrue();
        LocalCluster.Said edited = LocalCluster.evenkeel(
                Map.of("VISUAL", editor.toString()),
                "zone",
                "edit",
                "copied.example",
                "--yes",
                "--data",
                cluster.data().toString());
        judge(edited, 0, List.of("203.0.113.9"), "zone edit");
    }

    private void changesManyAtOnce() throws Exception {
        Path batch = file(
                "batch", "zone shop.example\nadd a 1h A 192.0.2.10\nadd b 1h A 192.0.2.11\ndelete www A 192.0.2.2\n");
        done(List.of("a.shop.example. 3600 A 192.0.2.10"), "rrset", "apply", batch.toString());
        Path wrong = file("wrong", "zone shop.example\nadd a A 192.0.2.10\nremove b\n");
        ends(
                2,
                List.of(
                        "wrong:2: add a A 192.0.2.10: the TTL wants seconds",
                        "wrong:3: remove b: 'remove' is no change"),
                "rrset",
                "apply",
                wrong.toString());
        done(List.of("192.0.2.12"), "rrset", "replace", SHOP, "a", "A", "192.0.2.12");
        done(List.of("n1", "n2", "n3"), "zone", "show", SHOP);
    }

    private void tendsToNodes() throws Exception {
        done(List.of("n1", "n2", "n3"), "storage", "show");
        done(List.of("enforce"), "limits", "show");
        done(List.of(), "top", "--seconds", "1");
        done(List.of("n1"), "events", "--last", "5");
        Path backup = folder.resolve("zones.backup");
        done(List.of("zones.backup"), "backup", backup.toString());
        ends(1, List.of("never written over another file"), "backup", backup.toString());
        ends(1, List.of("n9"), "cluster", "transfer", "n9");
        ends(2, List.of("--yes"), "gate", "close", "--node", "n2");
        done(List.of("n2"), "gate", "close", "--node", "n2", "--yes");
        ends(1, List.of("n2"), "gate", "status");
        done(List.of("n2"), "gate", "open", "--node", "n2");
    }

    private void takesThingsAway() throws Exception {
        ends(2, List.of("--yes"), "zone", "delete", "copied.example");
        done(List.of("copied.example."), "zone", "delete", "copied.example", "--yes");
        ends(1, List.of("copied.example."), "zone", "delete", "copied.example", "--yes");
    }

    private void goesBack() throws Exception {
        done(List.of("a.shop.example.", "192.0.2.12"), "log", SHOP, "--last", "3");
        done(List.of("local-api-key from 127.0.0.1", "present"), "zone", "versions", SHOP);
        done(List.of(SHOP), "zone", "rollback", SHOP);
        done(List.of("192.0.2.10"), "rrset", "list", SHOP, "a");
        ends(1, List.of("nowhere.example."), "zone", "rollback", "nowhere.example");
        done(List.of("copied.example."), "zone", "undelete", "copied.example");
        done(List.of("203.0.113.9"), "rrset", "list", "copied.example", "h9");
        ends(1, List.of("copied.example."), "zone", "undelete", "copied.example");
        Path backup = folder.resolve("zones.backup");
        done(List.of("stock.example."), "zone", "restore", "stock.example", "--from", backup.toString());
        ends(1, List.of("nowhere.example."), "zone", "restore", "nowhere.example", "--from", backup.toString());
    }
}
