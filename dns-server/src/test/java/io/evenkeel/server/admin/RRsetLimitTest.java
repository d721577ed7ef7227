package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.EXAMPLE_ZONE;
import static io.evenkeel.server.admin.AdminFixture.FILE;
import static io.evenkeel.server.admin.AdminFixture.IMPORT;
import static io.evenkeel.server.admin.AdminFixture.ZONES;
import static io.evenkeel.server.admin.AdminFixture.assertError;
import static io.evenkeel.server.admin.AdminFixture.patch;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.file.RecordReader;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** RRsets whose answer is as long as a message can be: kept whole on every way, or refused with the limit. */
class RRsetLimitTest extends AdminTest {
    private static final String OWNER = "t.example.";

    /** Octets of RDATA of the largest record. */
    private static final int MOST = Zone.MAX_RRSET_BYTES - Zone.RR_OVERHEAD;

    /** Of a TXT record with so many octets of RDATA. */
    private static String text(int rdata) {
        int rest = rdata % 256;
        return ("\"" + "x".repeat(255) + "\" ").repeat(rdata / 256)
                + (rest == 0 ? "" : "\"" + "y".repeat(rest - 1) + "\"");
    }

    private static Record record(String content) throws Exception {
        return RecordReader.readUncut(Name.fromString(OWNER), Type.TXT, 60, content);
    }

    private void assertServed(Record record) throws Exception {
        List<String> contents = node.contents("example.", OWNER, "TXT");
        assertThat(contents).hasSize(1);
        assertThat(record(contents.getFirst()).rdataToWireCanonical()).isEqualTo(record.rdataToWireCanonical());
    }

    @Test
    void theLargestIsKeptExportedImportedAndInSnapshots() throws Exception {
        node.createExample();
        Record largest = record(text(MOST));
        assertThat(largest.rdataToWireCanonical()).hasSize(MOST);
        assertThat(node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", OWNER, "TXT", text(MOST)))
                        .statusCode())
                .isEqualTo(204);
        assertServed(largest);

        ReplicatedState state = node.replica.root().get().state();
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        state.writeSnapshot(snapshot);
        ReplicatedState read = ReplicatedState.readSnapshot(new ByteArrayInputStream(snapshot.toByteArray()));
        assertThat(read.digest()).isEqualTo(state.digest());

        String export = node.get(EXAMPLE_ZONE + "/export").body();
        assertThat(node.send("DELETE", EXAMPLE_ZONE, "").statusCode()).isEqualTo(204);
        assertThat(node.send("PUT", IMPORT + "?create=true", export).statusCode())
                .isEqualTo(201);
        assertServed(largest);
        assertError(
                node.send("PATCH", EXAMPLE_ZONE, patch("EXTEND", OWNER, "TXT", "\"one more\"")),
                422,
                "at most " + Zone.MAX_RRSET_BYTES);
        assertServed(largest);
    }

    @Test
    void whatIsLargerIsRefusedOnEveryWayWithTheLimit() throws Exception {
        node.createExample();
        for (int rdata : List.of(MOST + 1, 65_440, 65_535)) {
            String problem = "takes " + (rdata + Zone.RR_OVERHEAD) + " octets; at most " + Zone.MAX_RRSET_BYTES;
            assertError(node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", OWNER, "TXT", text(rdata))), 422, problem);
            String file = FILE + "t TXT " + text(rdata) + "\n";
            assertError(node.send("PUT", IMPORT, file), 422, problem);
            String body = "{\"name\": \"new.\", \"zone\": \"%s\"}"
                    .formatted(file.replace("example.", "new.")
                            .replace("\"", "\\\"")
                            .replace("\n", "\\n"));
            assertError(node.send("POST", ZONES, body), 422, problem);
        }
        assertThat(node.contents("example.", OWNER, "TXT")).isEmpty();
        assertError(
                node.send("PATCH", EXAMPLE_ZONE, patch("REPLACE", OWNER, "TXT", text(65_536))), 422, "at most 65535");
    }
}
