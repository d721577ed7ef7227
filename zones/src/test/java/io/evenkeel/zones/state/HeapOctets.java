package io.evenkeel.zones.state;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.store.PackedRecords;
import java.lang.ref.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Makes states of some shapes and prints, for each, what it says that it takes of the heap and what it takes. */
final class HeapOctets {
    static final String PREFIX = "heap ";
    static final int SHAPES = 8;

    private static final Name ZONE = Name.fromConstantString("example.");
    private static final long SEED = 20_261_129;
    private static final int RECORDS = 40_000;

    private HeapOctets() {}

    /** Prints {@code heap SHAPE SAYS TAKES} for each shape. */
    public static void main(String[] arguments) {
        print("flat", () -> loaded(flat(RECORDS)));
        print("deep", () -> loaded(deep(RECORDS)));
        print("signed", () -> loaded(signed(RECORDS / 4)));
        print("wide", () -> loaded(wide(RECORDS)));
        print("edited", () -> of(edited()));
        print("many", () -> of(many()));
        print("settings", () -> of(settings()));
        print("history", () -> of(history()));
    }

    /** Something, and what it says that it takes. */
    private record Made(Object something, long octets) {}

    private static Made loaded(PackedRecords records) {
        Zone zone = Zone.load(name("example."), new ZoneVersion(1, 1), records);
        return new Made(zone, zone.octets());
    }

    private static Made of(ReplicatedState state) {
        return new Made(state, state.octets() - ReplicatedState.empty().octets());
    }

    private static void print(String shape, Supplier<Made> maker) {
        once(maker);
        long before = used();
        Made made = maker.get();
        try {
            System.out.println(PREFIX + shape + " " + made.octets() + " " + (used() - before));
        } finally {
            Reference.reachabilityFence(made.something());
        }
    }

    /** Loads classes, and fills what these keep; apart, so that nothing holds on to what is made here. */
    private static void once(Supplier<Made> maker) {
        if (maker.get().octets() <= 0) {
            throw new IllegalStateException("it says that it takes nothing");
        }
    }

    private static long used() {
        for (int i = 0; i < 2; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static ReplicatedState put(ReplicatedState to, String apex, List<Record> records, List<RequestId> ids) {
        return applied(to, new ZoneCommand.PutZone(name(apex), null, new ZoneContents.Inline(records), 1, ids));
    }

    private static ReplicatedState applied(ReplicatedState to, ZoneCommand command) {
        ReplicatedState.Transition transition = to.apply(to.index() + 1, command);
        if (!(transition.result() instanceof CommandResult.Applied)) {
            throw new IllegalStateException(transition.result().toString());
        }
        return transition.next();
    }

    private static PackedRecords apex(String apex) {
        PackedRecords records = new PackedRecords();
        records.add(new SOARecord(
                name(apex), DClass.IN, 300, name("ns." + apex), name("host." + apex), 1, 3600, 900, 86_400, 300));
        records.add(new NSRecord(name(apex), DClass.IN, 300, name("ns.other.")));
        return records;
    }

    private static PackedRecords flat(int count) {
        PackedRecords records = apex("example.");
        for (int i = 0; i < count; i++) {
            records.add(a("host-" + i + ".example.", i));
        }
        return records;
    }

    private static PackedRecords deep(int count) {
        PackedRecords records = apex("example.");
        Random random = new Random(SEED);
        for (int i = 0; i < count; i++) {
            String name = "h" + i + ".";
            for (int depth = random.nextInt(12); depth > 0; depth--) {
                name = name + "l" + random.nextInt(40) + ".";
            }
            records.add(a(name + "example.", i));
        }
        return records;
    }

    private static PackedRecords wide(int count) {
        PackedRecords records = apex("example.");
        for (int i = 0; i < count; i++) {
            records.add(new TXTRecord(name("w" + i / 30 + ".example."), DClass.IN, 300, "text number " + i));
        }
        return records;
    }

    private static PackedRecords signed(int names) {
        PackedRecords records = apex("example.");
        Random random = new Random(SEED);
        for (int i = 0; i < names; i++) {
            Name owner = name(String.format(Locale.ROOT, "host-%06d.example.", i));
            Name next =
                    i + 1 < names ? name(String.format(Locale.ROOT, "host-%06d.example.", i + 1)) : name("example.");
            records.add(a(owner.toString(), i));
            records.add(new NSECRecord(owner, DClass.IN, 300, next, new int[] {Type.A, Type.RRSIG, Type.NSEC}));
            records.add(signature(owner, Type.A, random));
            records.add(signature(owner, Type.NSEC, random));
        }
        return records;
    }

    private static Record signature(Name name, int type, Random random) {
        byte[] octets = new byte[64];
        random.nextBytes(octets);
        Instant now = Instant.ofEpochSecond(1_800_000_000L);
        return new RRSIGRecord(
                name, DClass.IN, 300, type, 13, 300, now.plusSeconds(1_000_000), now, 4711, ZONE, octets);
    }

    /** A zone that grew change by change, so that its pages are as full as changes leave them. */
    private static ReplicatedState edited() {
        ReplicatedState state = put(ReplicatedState.empty(), "example.", flat(10), List.of());
        Random random = new Random(SEED);
        long serial = 1;
        for (int i = 0; i < 1_500; i++) {
            List<Record> added = new ArrayList<>();
            for (int k = 0; k < 5; k++) {
                added.add(a("r" + random.nextInt(1 << 30) + "-" + i + "-" + k + ".example.", k));
            }
            Zone zone = Objects.requireNonNull(state.catalog().zone(name("example.")));
            SOARecord before = (SOARecord) zone.soa();
            List<Record> removed = List.of(before);
            serial++;
            added.add(Soa.with(before, before.getTTL(), serial));
            state = applied(
                    state,
                    new ZoneCommand.ApplyDiff(
                            name("example."),
                            new ZoneDiff(zone.version(), removed, added, serial),
                            List.of(new RequestId(SEED, i))));
        }
        return state;
    }

    private static ReplicatedState many() {
        ReplicatedState state = ReplicatedState.empty();
        for (int i = 0; i < 2_000; i++) {
            String apex = "zone-" + i + ".example.";
            PackedRecords records = apex(apex);
            for (int k = 0; k < 5; k++) {
                records.add(a("h" + k + "." + apex, i));
            }
            state = put(state, apex, records, List.of(new RequestId(SEED, i)));
        }
        return state;
    }

    private static ReplicatedState settings() {
        ReplicatedState state = ReplicatedState.empty();
        for (int i = 0; i < ZoneLimits.MAX_SETTINGS / 4; i++) {
            state = applied(state, new ZoneCommand.PutSetting("kind", "setting-" + i, new byte[500], 0));
        }
        return state;
    }

    /** What a few thousand zones were made with, beside the zones. */
    private static ReplicatedState history() {
        ReplicatedState state = applied(ReplicatedState.empty(), FeatureLevel.raise(Settings.EMPTY));
        Attribution by = new Attribution(1, List.of(new Origin("local", "192.0.2.1", "n1")));
        for (int i = 0; i < 3_000; i++) {
            String apex = "zone-" + i + ".example.";
            PackedRecords records = apex(apex);
            for (int k = 0; k < 5; k++) {
                records.add(a("h" + k + "." + apex, i));
            }
            ZoneCommand put = new ZoneCommand.PutZone(
                    name(apex), null, new ZoneContents.Inline(records), 1, List.of(new RequestId(SEED, i)));
            state = applied(state, new ZoneCommand.Attributed(by, put));
        }
        return state;
    }

    private static Record a(String owner, int address) {
        return new ARecord(name(owner), DClass.IN, 300, new byte[] {
            10, (byte) (address >> 16), (byte) (address >> 8), (byte) address
        });
    }

    private static Name name(String text) {
        try {
            return Name.fromString(text);
        } catch (TextParseException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
