package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.Cli;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A check and an import read one file alike, wherever it comes from. */
@ResourceLock(CannedNodeTest.MASTER_FILES)
class ZoneFilesTest extends CannedNodeTest {
    private static final String RECORDS = "$TTL 300\n@ SOA ns h 5 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\n";
    private static final String SERVED = "/api/v1/servers/localhost/zones/example.org.?rrsets=false";

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private void takes(Object file, int status, String body) {
        node.can("GET " + SERVED, 200, "{\"serial\":9}");
        node.can(
                "PUT /api/v1/evenkeel/zones/example.org.?name="
                        + URLEncoder.encode(file.toString(), StandardCharsets.UTF_8),
                status,
                body);
    }

    private String sent() {
        return node.requests().stream()
                .filter(request -> request.startsWith("PUT "))
                .reduce((_, last) -> last)
                .orElse("");
    }

    /** The origin is in the file, or told, or in the file's name: check and import find the same zone. */
    @ParameterizedTest
    @CsvSource({
        "a, $ORIGIN example.org., ",
        "example.org.zone, ;, ",
        "b.zone, ;, example.org",
        "c.zone, $ORIGIN example.org., example.org"
    })
    void checkAndImportFindTheSameZone(String name, String line, String origin) throws IOException {
        Path file = file(name, line + "\n" + RECORDS);
        Object[] check = origin == null
                ? new Object[] {"zone", "check", file}
                : new Object[] {"zone", "check", file, "--origin", origin};
        Cli checked = Cli.run(check);
        assertThat(checked.code()).as("%s", checked).isZero();
        assertThat(checked.out()).isEqualTo(file + ": fine, zone example.org. with 3 records");
        takes(file, 200, "{\"serial\":9}");
        Object[] imports = origin == null
                ? new Object[] {"zone", "import", file}
                : new Object[] {"zone", "import", file, "--origin", origin};
        Cli imported = node.run(imports);
        assertThat(imported.code()).as("%s", imported).isZero();
        assertThat(imported.out()).startsWith("imported example.org.; serial 9");
        assertThat(sent()).endsWith(RECORDS);
    }

    @Test
    void whatTakesMostOfAZoneIsRefusedUnlessItIsForced() throws IOException {
        Path file = file("example.org.zone", RECORDS);
        takes(file, 409, "{\"error\":\"takes all: say so with --force\"}");
        Cli refused = node.run("zone", "import", file);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("takes all: say so with --force");
        node.can(
                "PUT /api/v1/evenkeel/zones/example.org.?name="
                        + URLEncoder.encode(file.toString(), StandardCharsets.UTF_8) + "&force=true",
                200,
                "{\"serial\":9}");
        assertThat(node.run("zone", "import", file, "--force").code()).isZero();
    }

    @Test
    void aFileOfAnotherZoneThanTheOneToldIsRefused() throws IOException {
        Path file = file("f", "$ORIGIN example.net.\n" + RECORDS);
        Cli checked = Cli.run("zone", "check", file, "--origin", "example.org");
        assertThat(checked.code()).isEqualTo(1);
        assertThat(checked.err()).contains("the SOA record is that of example.net., the zone is example.org.");
    }

    @Test
    void standardInputIsReadByBothAndNeedsNoOriginIfItSaysIt() throws IOException {
        InputStream before = System.in;
        try {
            for (String named : List.of("-", "/dev/stdin")) {
                System.setIn(new ByteArrayInputStream(
                        ("$ORIGIN example.org.\n" + RECORDS).getBytes(StandardCharsets.UTF_8)));
                assertThat(Cli.run("zone", "check", named).out())
                        .isEqualTo("standard input: fine, zone example.org. with 3 records");
                System.setIn(new ByteArrayInputStream(
                        ("$ORIGIN example.org.\n" + RECORDS).getBytes(StandardCharsets.UTF_8)));
                takes("standard input", 200, "{\"serial\":9}");
                Cli imported = node.run("zone", "import", named);
                assertThat(imported.code()).as("%s", imported).isZero();
                System.setIn(new ByteArrayInputStream(RECORDS.getBytes(StandardCharsets.UTF_8)));
                Cli unsaid = Cli.run("zone", "check", named);
                assertThat(unsaid.code()).isEqualTo(2);
                assertThat(unsaid.err())
                        .startsWith("evenkeel: standard input does not say which zone it is: give --origin NAME");
                System.setIn(new ByteArrayInputStream((RECORDS + "$INCLUDE x\n").getBytes(StandardCharsets.UTF_8)));
                Cli including = node.run("zone", "import", named, "--origin", "example.org");
                assertThat(including.code()).isEqualTo(1);
                assertThat(including.err()).contains("standard input:5: error: $INCLUDE is not allowed here");
            }
        } finally {
            System.setIn(before);
        }
        try (var left = Files.newDirectoryStream(Path.of(System.getProperty("java.io.tmpdir")), "evenkeel*.zone")) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whatIsIncludedIsSentWithTheRest() throws IOException {
        file("hosts", "w A 192.0.2.7\n");
        Path file = file("f.zone", "$ORIGIN example.org.\n" + RECORDS + "$INCLUDE hosts sub\n");
        assertThat(Cli.run("zone", "check", file).out()).isEqualTo(file + ": fine, zone example.org. with 4 records");
        takes(file, 200, "{\"serial\":9}");
        Cli imported = node.run("zone", "import", file);
        assertThat(imported.code()).as("%s", imported).isZero();
        assertThat(sent())
                .contains("w.sub.example.org. 300 IN A \\# 4 c0000207")
                .doesNotContain("INCLUDE");
    }

    @Test
    void theSoaMayBeInAFileThatIsIncluded() throws IOException {
        file("head", RECORDS);
        Path file = file("f", "$ORIGIN example.org.\n$INCLUDE head\nw 300 A 192.0.2.7\n");
        takes(file, 200, "{\"serial\":9}");
        Cli imported = node.run("zone", "import", file);
        assertThat(imported.code()).as("%s", imported).isZero();
        assertThat(imported.out()).startsWith("imported example.org.");
    }

    @Test
    void problemsOfAnIncludedFileNameItAndItsLine() throws IOException {
        file("hosts", "w A 192.0.2.7\nx A 192.0.2.256\n");
        Path file = file("f.zone", "$ORIGIN example.org.\n" + RECORDS + "$INCLUDE hosts\n");
        Cli checked = Cli.run("zone", "check", file);
        Cli imported = node.run("zone", "import", file, "--create");
        assertThat(checked.code()).isEqualTo(1);
        assertThat(imported.code()).isEqualTo(1);
        assertThat(imported.err()).contains("hosts:2: error: ").contains("nothing is changed");
        assertThat(imported.err().lines().skip(1).map(String::strip))
                .containsExactlyElementsOf(checked.err().lines().toList());
        assertThat(node.requests()).isEmpty();
    }

    @Test
    void aSerialThatIsNotNewerAndWarningsAreTold() throws IOException {
        Path file = file("f.zone", "$ORIGIN example.org.\n" + RECORDS);
        takes(
                file,
                200,
                "{\"serial\":9,\"givenSerial\":5,\"previousSerial\":8,\"warnings\":[\"f.zone:3: warning: odd\"]}");
        Cli imported = node.run("zone", "import", file);
        assertThat(imported.out()).startsWith("imported example.org.; serial 8 -> 9, served by ");
        assertThat(imported.err().lines())
                .containsExactly("warning: f.zone:3: warning: odd", "warning: serial 5 ignored: not newer than 8");
        assertThat(node.run("zone", "import", file, "--output", "json").out())
                .contains("\"warnings\":[\"f.zone:3: warning: odd\",\"serial 5 ignored: not newer than 8\"]");
    }

    @Test
    void findingsOfSeveralFilesAreOneValue() throws IOException {
        Path good = file("good", "$ORIGIN example.org.\n" + RECORDS);
        Path bad = file("bad", "$ORIGIN example.net.\n" + RECORDS + "x A 1\n");
        Cli checked = Cli.run("check", "zone", good, bad, "--output", "json");
        assertThat(checked.code()).isEqualTo(1);
        assertThat(checked.out())
                .startsWith("{\"ok\":false,\"files\":[{\"file\":\"" + good + "\",\"ok\":true")
                .contains("{\"file\":\"" + bad + "\",\"ok\":false,\"zone\":\"example.net.\"");
        assertThat(Cli.run("zone", "check", folder).err()).contains("is a folder, not a master file");
        assertThat(Cli.run("zone", "check", folder.resolve("none")).err()).contains("no such file: ");
    }

    @Test
    void aDryRunPrintsWhatWouldChangeAndChangesNothing() throws IOException {
        String served = "$ORIGIN example.org.\n" + RECORDS + "old A 192.0.2.8\nw A 192.0.2.7\n";
        node.can("GET /api/v1/servers/localhost/zones/example.org./export", 200, served);
        node.can("GET " + SERVED, 200, "{\"serial\":5}");
        Path file = file(
                "f.zone",
                "$ORIGIN example.org.\n" + RECORDS.replace(" 5 3600", " 4 3600")
                        + "new AAAA 2001:db8::1\nw 60 A 192.0.2.7\n");
        Cli said = node.run("zone", "import", file, "--dry-run");
        assertThat(said.code()).as("%s", said).isEqualTo(3);
        assertThat(said.out().lines())
                .containsExactly(
                        "+ new.example.org. 300 AAAA 2001:db8:0:0:0:0:0:1",
                        "- old.example.org. 300 A 192.0.2.8",
                        "- w.example.org. 300 A 192.0.2.7",
                        "+ w.example.org. 60 A 192.0.2.7",
                        "example.org. would change: + 1, - 1, ~ 1 RRsets; serial 5 -> 6");
        assertThat(said.err()).isEqualTo("warning: serial 4 ignored: not newer than 5");
        assertThat(node.requests()).noneMatch(request -> request.startsWith("PUT"));

        Cli same = node.run("zone", "import", file("g.zone", served), "--dry-run");
        assertThat(same.code()).as("%s", same).isZero();
        assertThat(same.out()).isEqualTo("nothing to change in example.org.; serial 5");
        Cli later = node.run("zone", "import", file("h.zone", served.replace(" 5 3600", " 7 3600")), "--dry-run");
        assertThat(later.code()).isEqualTo(3);
        assertThat(later.out()).isEqualTo("example.org. would change: + 0, - 0, ~ 0 RRsets; serial 5 -> 7");
        Cli bad = node.run("zone", "import", file("i.zone", served + "x A 1\n"), "--dry-run");
        assertThat(bad.code()).isEqualTo(1);
        Cli unserved = node.run("zone", "import", file("j.zone", RECORDS), "--dry-run", "--create");
        assertThat(unserved.code()).isEqualTo(3);
        assertThat(unserved.out()).isEqualTo("j. is not there yet and would be created");
    }

    @Test
    void twoFilesOrTheServedZoneAndAFileAreCompared() throws IOException {
        Path one = file("example.org.zone", RECORDS);
        Path other = file("other", "$ORIGIN example.org.\n" + RECORDS.replace(" 5 3600", " 6 3600"));
        Cli same = Cli.run("zone", "diff", one, other);
        assertThat(same.code()).as("%s", same).isZero();
        assertThat(same.out()).isEqualTo("no difference; serial 5 -> 6");
        node.can("GET /api/v1/servers/localhost/zones/example.org./export", 200, "$ORIGIN example.org.\n" + RECORDS);
        Path more = file("more", "$ORIGIN example.org.\n" + RECORDS + "t TXT \"a;b\"\n");
        Cli differs = node.run("zone", "diff", more);
        assertThat(differs.code()).as("%s", differs).isEqualTo(3);
        assertThat(differs.out().lines())
                .containsExactly("+ t.example.org. 300 TXT \"a;b\"", "+ 1, - 0, ~ 0 RRsets; serial 5 -> 5");
        assertThat(node.run("zone", "diff", more, "--output", "json").out())
                .contains("\"added\":1,\"removed\":0,\"changed\":0,\"serialBefore\":5");
        assertThat(Cli.run("zone", "diff", one, file("elsewhere.zone", RECORDS)).code())
                .isEqualTo(2);
    }
}
