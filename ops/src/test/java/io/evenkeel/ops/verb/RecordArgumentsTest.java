package io.evenkeel.ops.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

class RecordArgumentsTest {
    private static final Name ZONE = Name.fromConstantString("example.org.");

    private static String owner(String text) throws CommandFailure {
        return RecordArguments.owner(text, ZONE).toString();
    }

    private static List<String> data(int type, String... words) throws CommandFailure {
        return RecordArguments.records(ZONE, type, 60, List.of(words), ZONE).stream()
                .map(Record::rdataToString)
                .toList();
    }

    @Test
    void ownersAreRelativeUnlessTheyNameTheZone() throws CommandFailure {
        assertThat(owner("@")).isEqualTo("example.org.");
        assertThat(owner("www")).isEqualTo("www.example.org.");
        assertThat(owner("a.b")).isEqualTo("a.b.example.org.");
        assertThat(owner("*.w")).isEqualTo("*.w.example.org.");
        assertThat(owner("www.example.org")).isEqualTo("www.example.org.");
        assertThat(owner("WWW.Example.ORG.")).isEqualTo("WWW.Example.ORG.");
        assertThatThrownBy(() -> owner("www.example.net."))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("not in the zone");
        assertThatThrownBy(() -> owner("a..b"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("not a name");
    }

    @Test
    void eachArgumentIsARecordOrAllAreOne() throws CommandFailure {
        assertThat(data(Type.A, "192.0.2.1", "192.0.2.2")).containsExactly("192.0.2.1", "192.0.2.2");
        assertThat(data(Type.MX, "10", "mail")).containsExactly("10 mail.example.org.");
        assertThat(data(Type.MX, "10 mail", "20 mail.example.net.")).hasSize(2);
        assertThat(data(Type.SRV, "0", "0", "443", "www")).containsExactly("0 0 443 www.example.org.");
        assertThat(data(Type.TXT, "two words")).hasSize(1);
    }

    @Test
    void badDataAndTypesAreNamed() {
        assertThatThrownBy(() -> data(Type.A, "192.0.2.256"))
                .hasMessageContaining("not the data of a A record")
                .hasMessageContaining("192.0.2.256");
        assertThatThrownBy(() -> RecordArguments.type("AAAAA")).hasMessageContaining("not a record type: AAAAA");
    }
}
