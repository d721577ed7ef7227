package io.evenkeel.ops.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

class SampleZoneTest {
    @Test
    void holdsOneOfEachThingThatAZoneMayHold() throws Exception {
        List<Record> records = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/callhome.example.zone"));
                Master master = new Master(in)) {
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                records.add(record);
            }
        }
        Name apex = Name.fromConstantString("callhome.example.");
        assertThat(records)
                .allSatisfy(
                        record -> assertThat(record.getName().subdomain(apex)).isTrue());
        assertThat(records.stream().map(Record::getType).distinct())
                .contains(Type.SOA, Type.NS, Type.A, Type.AAAA, Type.CNAME, Type.MX, Type.TXT, Type.SRV);
        assertThat(records.stream().map(Record::getName)).anyMatch(Name::isWild);
        Name emptyNonTerminal = Name.fromConstantString("eu.region.callhome.example.");
        assertThat(records.stream().map(Record::getName)).noneMatch(emptyNonTerminal::equals);
        assertThat(records.stream().map(Record::getName)).anyMatch(name -> name.subdomain(emptyNonTerminal));
    }

    @Test
    void isFoundWithoutBeingToldItsName() throws Exception {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/callhome.example.zone"))) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(ZoneOrigin.detect(new java.io.StringReader(text), "x"))
                    .contains(Name.fromConstantString("callhome.example."));
        }
    }
}
