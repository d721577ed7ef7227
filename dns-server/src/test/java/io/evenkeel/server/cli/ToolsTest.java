package io.evenkeel.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.server.change.Zones;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tools as the command line finds them. */
final class ToolsTest {
    @TempDir
    Path folder;

    private record Result(int code, String out, String err) {}

    @Test
    void aFineConfigurationIsSaidToBeSo() throws Exception {
        Path file = Files.writeString(folder.resolve("e.yaml"), "node: {name: n1}");
        assertThat(run("evenkeel-check", "config", file.toString())).isEqualTo(new Result(0, file + ": fine\n", ""));
    }

    @Test
    void aZoneOfABackupIsWrittenAsAMasterFile() throws Exception {
        ZoneCommand create = new ZoneCommand.PutZone(
                Zones.APEX, null, new ZoneContents.Inline(Zones.records(Zones.APEX)), 1, List.of());
        Path backup = folder.resolve("b.backup");
        try (OutputStream out = Files.newOutputStream(backup)) {
            Published published =
                    new Published(1, 1, ReplicatedState.empty().apply(1, create).next(), 0);
            Backup.write(published, "c", "n2", Instant.parse("2026-01-02T03:04:05Z"), out);
        }
        Path to = folder.resolve("zone");
        Result result = run("evenkeel-backup", "zone", backup.toString(), "EXAMPLE", to.toString());
        assertThat(result).isEqualTo(new Result(0, "written=2026-01-02T03:04:05Z\nindex=1\nrecords=3\nserial=1\n", ""));
        assertThat(Files.readAllLines(to))
                .containsExactly(
                        "example.\t300\tIN\tSOA\tns1.example. hostmaster.example. 1 3600 600 86400 300",
                        "example.\t300\tIN\tNS\tns1.example.",
                        "ns1.example.\t300\tIN\tA\t192.0.2.1");
        Result none = run("evenkeel-backup", "zone", backup.toString(), "other.", to.toString());
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("the backup has no zone other.");
    }

    @Test
    void everyProblemOfAConfigurationIsALine() throws Exception {
        Path file = Files.writeString(folder.resolve("e.yaml"), "dns: {loops: x}\ncolour: blue");
        Result result = run("evenkeel-check", "config", file.toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err().lines())
                .hasSize(3)
                .allSatisfy(line -> assertThat(line).startsWith(file + ": "));
        assertThat(run("evenkeel-serve", "--config", file.toString())).isEqualTo(new Result(2, "", result.err()));
    }

    @Test
    void everyProblemOfAZoneIsALineWithFileAndLine() throws Exception {
        Path good = zone("good", "@ 300 SOA ns h 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\n");
        Path bad = zone(
                "bad",
                "@ 300 SOA ns h 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\nw 300 A 1.2.3\nx 300 CNAME y\nx 300 A 192.0.2.2\n");
        Result result = run("evenkeel-check", "zone", good.toString(), bad.toString(), "--origin", "example.");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEqualTo(good + ": fine, zone example. with 3 records\n");
        assertThat(result.err().lines()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(result.err()).contains(bad + ":4: error: ").doesNotContain(good.toString());
    }

    @Test
    void findingsOfAZoneAreOneValueForPrograms() throws Exception {
        Path good = zone("good", "@ 300 SOA ns h 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\nx 300 MX 1 y\n");
        Path bad = zone(
                "bad", "@ 300 SOA ns h 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\nx 300 CNAME y\nx 300 A 1.2.3.4\n");
        Path none = folder.resolve("none");
        Result result = run(
                "evenkeel-check",
                "zone",
                "--json",
                "--origin",
                "example.",
                good.toString(),
                bad.toString(),
                none.toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).isEmpty();
        JsonNode json = new ObjectMapper().readTree(result.out());
        assertThat(json.path("ok").asBoolean()).isFalse();
        assertThat(json.path("files").findValuesAsText("ok")).containsExactly("true", "false", "false");
        assertThat(json.path("files").path(0).path("findings").toString())
                .isEqualTo("[{\"severity\":\"warning\",\"file\":\"" + good
                        + "\",\"line\":4,\"owner\":\"x.example.\",\"message\":\"MX target y.example. has no address in this zone\","
                        + "\"rule\":\"RFC 1035 §3.3.9\"}]");
        assertThat(json.path("files").path(1).path("findings").toString())
                .isEqualTo("[{\"severity\":\"error\",\"file\":\"" + bad
                        + "\",\"line\":4,\"owner\":\"x.example.\",\"message\":\"Conflicts with pre-existing RRset: CNAME beside other types [A]\","
                        + "\"rule\":\"RFC 1034 §3.6.2, RFC 2181 §10.1\"}]");
        assertThat(json.path("files")
                        .path(2)
                        .path("findings")
                        .path(0)
                        .path("message")
                        .asText())
                .isEqualTo("no such file");
    }

    @Test
    void aZoneOtherThanTheOneWantedIsRefusedAsAnImportDoes() throws Exception {
        Path file = zone("f", "$ORIGIN example.net.\n@ 300 SOA ns h 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\n");
        Result other = run("evenkeel-check", "zone", file.toString(), "--zone", "example.org");
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err())
                .contains(file + ": error: the SOA record is that of example.net., the zone is example.org.");
        assertThat(run("evenkeel-check", "zone", file.toString(), "--zone", "EXAMPLE.net")
                        .code())
                .isZero();
    }

    @Test
    void whatIsWrittenHasTheRecordsOfAllFilesAndNeedsNone() throws Exception {
        zone("hosts", "$TTL 60\n$ORIGIN h\nw A 192.0.2.7\nX CNAME Y.Example.NET.\n");
        Path file = zone(
                "f",
                "$TTL 300\n@ SOA ns h 1 2 3 4 5\n NS ns\nns A 192.0.2.1\n$INCLUDE hosts\n AAAA 2001:db8::1\nt TXT \"a;b\" \"\\200\"\n");
        Path written = folder.resolve("written");
        Result first =
                run("evenkeel-check", "zone", file.toString(), "--origin", "h.example", "--write", written.toString());
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(Files.readAllLines(written))
                .contains("w.h.h.example. 60 IN A \\# 4 c0000207")
                .contains("ns.h.example. 300 IN AAAA \\# 16 20010db8000000000000000000000001")
                .contains("X.h.h.example. 60 IN CNAME \\# 15 0159074578616d706c65034e455400")
                .contains("t.h.example. 300 IN TXT \\# 6 03613b6201c8");
        Path again = folder.resolve("again");
        assertThat(run("evenkeel-check", "zone", written.toString(), "--write", again.toString())
                        .out())
                .isEqualTo(written + ": fine, zone h.example. with 7 records\n");
        assertThat(again).hasSameTextualContentAs(written);
    }

    @Test
    void aCopyOfAStreamIsCalledByItsNameAndIncludesNothing() throws Exception {
        zone("hosts", "w 300 A 192.0.2.7\n");
        Path file = zone("f", "@ 300 SOA ns h 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\n$INCLUDE hosts\n");
        Result result =
                run("evenkeel-check", "zone", file.toString(), "--origin", "example.", "--name", "standard input");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).startsWith("standard input:4: error: $INCLUDE is not allowed here");
    }

    @Test
    void aZoneFileThatIsNotThereIsNamed() {
        Result result = run("evenkeel-check", "zone", folder.resolve("none").toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("none: error: no such file");
    }

    @Test
    void badUsageHasItsOwnCode() {
        assertThat(run("evenkeel-check").code()).isEqualTo(2);
        assertThat(run("evenkeel-check", "zone", "f", "--origin").code()).isEqualTo(2);
        assertThat(run("evenkeel-check", "zone", "f", "g", "--write", "h").code())
                .isEqualTo(2);
        assertThat(run("evenkeel-check", "zone", "f", "--verbose", "g").code()).isEqualTo(2);
        assertThat(run("evenkeel-serve").code()).isEqualTo(2);
        assertThat(run("evenkeel-serve", "--verbose").err()).contains("--verbose is not understood");
    }

    private Path zone(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static Result run(String tool, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = ToolProvider.findFirst(tool)
                .orElseThrow()
                .run(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new Result(code, out.toString(), err.toString());
    }
}
