package io.evenkeel.zones.answer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneTest;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.store.QName;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void lookupAllocatesNothing() throws Exception {
        assertThat(leastAllocated(ZoneTest.records("""
                @ 3600 SOA ns1 admin 7 3600 600 86400 60
                @ NS ns1
                ns1 A 192.0.2.1
                *.w CNAME ns1
                sub NS ns.sub
                ns.sub A 192.0.2.2
                x.d DNAME w
                """))).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nsec", "nsec3", "optout"})
    void proofsAllocateNothing(String kind) throws Exception {
        try (InputStream in =
                AllocationTest.class.getResourceAsStream("/io/evenkeel/zones/check/signed-" + kind + ".zone")) {
            assertThat(leastAllocated(ZoneTest.records(
                            new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII))))
                    .isZero();
        }
    }

    /** Of several rounds, so that what the JVM does once does not count. */
    private static long leastAllocated(List<Record> records) {
        Catalog catalog =
                new Catalog().with(Zone.load(Name.fromConstantString("example."), new ZoneVersion(1, 1), records));
        byte[][] names = List.of(
                        "ns1.example.",
                        "no.example.",
                        "a.w.example.",
                        "www.sub.example.",
                        "q.x.d.example.",
                        "b.wc.example.",
                        "x.unsigent.example.",
                        "ent.example.",
                        "test.")
                .stream()
                .map(n -> Name.fromConstantString(n).toWire())
                .toArray(byte[][]::new);
        QName qname = new QName();
        Answer answer = new Answer();
        AnswerCollector collector = new AnswerCollector();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20 && least > 0; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 6000; i++) {
                byte[] name = names[i % names.length];
                qname.parse(name, 0, name.length);
                collector.collect(catalog, qname, i % 3 == 0 ? Type.MX : Type.A, true, answer);
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
