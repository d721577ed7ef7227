package io.evenkeel.bench;

import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.xbill.DNS.Record;

/** The next version of a large zone: one address replaced. Bars: 10 us and 4,000 bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ChangeBenchmark {
    private static final int CHANGES = 1 << 14;
    private static final ZoneVersion NEXT = new ZoneVersion(1, 2);

    @Param({"deep", "flat"})
    String shape = "";

    @Param("1000000")
    int names;

    private Zone zone;
    private Catalog catalog;
    private final List<List<Record>> removed = new ArrayList<>();
    private final List<List<Record>> added = new ArrayList<>();
    private final List<List<Record>> removedWithSoa = new ArrayList<>();
    private final List<List<Record>> addedWithSoa = new ArrayList<>();
    private final List<Record> batchRemoved = new ArrayList<>();
    private final List<Record> batchAdded = new ArrayList<>();
    private int next;

    /** Makes the zone and the changes. */
    @Setup
    public void load() {
        SampleZone sample = new SampleZone(shape.equals("deep"), names);
        zone = sample.load(true);
        catalog = new Catalog().with(zone);
        Random random = new Random(7);
        for (int i = 0; i < CHANGES; i++) {
            int host = (int) ((long) i * names / CHANGES);
            Record before = SampleZone.address(SampleZone.name(sample.host(host)), host);
            Record after = SampleZone.address(before.getName(), random.nextInt());
            removed.add(List.of(before));
            added.add(List.of(after));
            removedWithSoa.add(List.of(SampleZone.soa(1), before));
            addedWithSoa.add(List.of(SampleZone.soa(2), after));
            if (i % (CHANGES / 1000) == 0 && batchAdded.size() < 1000) {
                batchRemoved.add(before);
                batchAdded.add(after);
            }
        }
        batchRemoved.add(SampleZone.soa(1));
        batchAdded.add(SampleZone.soa(2));
    }

    private int next() {
        next = (next + 7919) % CHANGES; // a prime: far apart, each once
        return next;
    }

    /** One RRset. */
    @Benchmark
    public Zone changeOfOneRRset() {
        int i = next();
        return zone.with(NEXT, removed.get(i), added.get(i));
    }

    /** One RRset and the serial, and the catalog: what a single published change costs. */
    @Benchmark
    public Catalog changeOfOneRRsetAndSerial() {
        int i = next();
        return catalog.with(zone.with(NEXT, removedWithSoa.get(i), addedWithSoa.get(i)));
    }

    /** A group commit: 1,000 RRsets and the serial. */
    @Benchmark
    public Catalog batchOfThousand() {
        return catalog.with(zone.with(NEXT, batchRemoved, batchAdded));
    }
}
