package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.Cli;
import io.evenkeel.ops.fleet.Responder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Versions of a zone from all that has one. */
@ResourceLock(CannedNodeTest.MASTER_FILES)
class ZoneDiffCommandTest extends CannedNodeTest {
    private static final String RECORDS =
            "$ORIGIN example.org.\n$TTL 300\n@ SOA ns h 5 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\nw TXT \"a;b\"\n";

    /** What the other server has: the address is another one, and it has one name more. */
    private static List<Record> others() {
        List<Record> records = new ArrayList<>();
        for (String line : List.of(
                "example.org. SOA ns.example.org. h.example.org. 7 3600 600 86400 60",
                "example.org. NS ns.example.org.",
                "ns.example.org. A 192.0.2.2",
                "w.example.org. TXT \"a;b\"",
                "more.example.org. A 192.0.2.3")) {
            String[] fields = line.split(" ", 3);
            try {
                records.add(Record.fromString(
                        Name.fromString(fields[0]), Type.value(fields[1]), DClass.IN, 300, fields[2], Name.root));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return records;
    }

    private static Responder other(boolean transfers) throws IOException {
        return new Responder((_, question) -> {
            try {
                Message asked = new Message(question);
                Message answer = new Message(asked.getHeader().getID());
                answer.getHeader().setFlag(Flags.QR);
                answer.getHeader().setFlag(Flags.AA);
                Record wanted = asked.getQuestion();
                answer.addRecord(wanted, Section.QUESTION);
                if (wanted.getType() != Type.AXFR) {
                    others().stream()
                            .filter(record -> record.getType() == wanted.getType()
                                    && record.getName().equals(wanted.getName()))
                            .forEach(record -> answer.addRecord(record, Section.ANSWER));
                } else if (transfers) {
                    others().forEach(record -> answer.addRecord(record, Section.ANSWER));
                    answer.addRecord(others().getFirst(), Section.ANSWER);
                } else {
                    answer.getHeader().setRcode(Rcode.REFUSED);
                }
                return List.of(answer.toWire());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private Path file() throws IOException {
        return Files.writeString(folder.resolve("example.org.zone"), RECORDS);
    }

    @Test
    void anotherServerIsComparedByTransfer() throws Exception {
        try (Responder server = other(true)) {
            String at = "@" + server.address();
            Cli said = Cli.run("zone", "diff", file(), at);
            assertThat(said.code()).as("%s", said).isEqualTo(3);
            assertThat(said.out().lines())
                    .containsExactly(
                            "+ more.example.org. 300 A 192.0.2.3",
                            "- ns.example.org. 300 A 192.0.2.1",
                            "+ ns.example.org. 300 A 192.0.2.2",
                            "+ 1, - 0, ~ 1 RRsets; serial 5 -> 7");
            assertThat(said.err()).isEmpty();
            assertThat(Cli.run("zone", "diff", at, file()).out()).endsWith("+ 0, - 1, ~ 1 RRsets; serial 7 -> 5");
            assertThat(Cli.run("zone", "diff", at, at, "--origin", "example.org")
                            .out())
                    .isEqualTo("no difference; serial 7 -> 7");
            assertThat(Cli.run("zone", "diff", at, at).err()).contains("give --origin NAME");
        }
    }

    @Test
    void anotherServerThatRefusesATransferIsAskedForWhatTheOtherVersionHas() throws Exception {
        try (Responder server = other(false)) {
            String at = "@" + server.address();
            Cli said = Cli.run("zone", "diff", file(), at);
            assertThat(said.code()).as("%s", said).isEqualTo(3);
            assertThat(said.out()).endsWith("+ 0, - 0, ~ 1 RRsets; serial 5 -> 7");
            assertThat(said.err()).contains("refuses AXFR").contains("is not seen");
            assertThat(Cli.run("zone", "diff", file(), at, "--output", "json").out())
                    .contains("\"warnings\":[\"" + server.address() + " refuses AXFR");
            assertThat(Cli.run("zone", "diff", at, at, "--origin", "example.org")
                            .err())
                    .contains("refuses AXFR of example.org., and there is no other version");
        }
    }

    @Test
    void whatWasServedIsComparedWithWhatIsAndWithWhatWasLater() throws Exception {
        String past = "GET /api/v1/evenkeel/zones/example.org./versions/";
        node.can("GET /api/v1/servers/localhost/zones/example.org./export", 200, RECORDS);
        node.can(past + "1204", 200, RECORDS.replace(" 5 3600", " 3 3600").replace("192.0.2.1", "192.0.2.9"));
        node.can(past + "1230", 200, RECORDS.replace(" 5 3600", " 4 3600"));
        node.can(past + "7", 404, "{\"error\":\"the history does not lead back to a version 7 of example.org.\"}");
        Cli said = node.run("zone", "diff", "version:1204", "--origin", "example.org");
        assertThat(said.code()).as("%s", said).isEqualTo(3);
        assertThat(said.out().lines())
                .containsExactly(
                        "- ns.example.org. 300 A 192.0.2.9",
                        "+ ns.example.org. 300 A 192.0.2.1",
                        "+ 0, - 0, ~ 1 RRsets; serial 3 -> 5");
        assertThat(node.run("zone", "diff", "version:1230", "version:1204", "--origin", "example.org")
                        .out())
                .endsWith("serial 4 -> 3");
        assertThat(node.run("zone", "diff", file(), "version:1230").out()).isEqualTo("no difference; serial 5 -> 4");
        Cli gone = node.run("zone", "diff", "served", "version:7", "--origin", "example.org");
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err()).contains("does not lead back to a version 7");
        for (String wrong : List.of("version:", "version:0", "version:now")) {
            Cli refused = node.run("zone", "diff", wrong, "--origin", "example.org");
            assertThat(refused.code()).isEqualTo(2);
            assertThat(refused.err()).contains("zone versions example.org.", "version:1204");
        }
        assertThat(node.run("zone", "diff", "version:7").err()).contains("give --origin NAME");
    }

    @Test
    void whatIsServedIsComparedWithWhatAnotherServerHas() throws Exception {
        node.can("GET /api/v1/servers/localhost/zones/example.org./export", 200, RECORDS);
        try (Responder server = other(true)) {
            Cli said = node.run("zone", "diff", "served", "@" + server.address(), "--origin", "example.org");
            assertThat(said.code()).as("%s", said).isEqualTo(3);
            assertThat(said.out()).endsWith("+ 1, - 0, ~ 1 RRsets; serial 5 -> 7");
        }
        assertThat(node.run("zone", "diff", "served", file()).out()).isEqualTo("no difference; serial 5 -> 5");
        Cli unknown = node.run("zone", "diff", "served:n9", file());
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("served:n9: there is no such node; there are 127.0.0.1:");
        Cli name = node.run("zone", "diff", file(), "@ns.example.net");
        assertThat(name.code()).isEqualTo(2);
        assertThat(name.err()).contains("@ns.example.net is no address of a DNS server");
    }
}
