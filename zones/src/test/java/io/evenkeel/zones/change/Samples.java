package io.evenkeel.zones.change;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.state.Attribution;
import io.evenkeel.zones.state.Guard;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import io.evenkeel.zones.state.ZoneDiff;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Random records, commands and changes, all from one seed. */
public final class Samples {
    public static final Name APEX = name("Example.");

    private static final List<String> LABELS =
            List.of("a", "b", "WWW", "*", "_sip", "x\\000y", "\\200", "long".repeat(15));

    private final RandomGenerator random;

    public Samples(RandomGenerator random) {
        this.random = random;
    }

    public static Name name(String text) {
        try {
            return Name.fromString(text);
        } catch (TextParseException bad) {
            throw new IllegalArgumentException(bad);
        }
    }

    public static Record record(String owner, long ttl, int type, String rdata) {
        try {
            return Record.fromString(name(owner), type, DClass.IN, ttl, rdata, Name.root);
        } catch (IOException bad) {
            throw new IllegalArgumentException(bad);
        }
    }

    public static Record soa(long serial) {
        return record("example.", 3600, Type.SOA, "ns1.example. host.example. " + serial + " 3600 600 604800 300");
    }

    /** A small zone that keeps every rule. */
    public static List<Record> zone(long serial) {
        return List.of(
                soa(serial),
                record("example.", 3600, Type.NS, "ns1.example."),
                record("ns1.example.", 3600, Type.A, "192.0.2.1"));
    }

    Name owner() {
        StringBuilder text = new StringBuilder();
        for (int labels = random.nextInt(3); labels > 0; labels--) {
            text.append(any(LABELS)).append('.');
        }
        return name(text + "eXample.");
    }

    public Record record() {
        return record(owner(), random.nextInt(86_400));
    }

    public Record record(Name owner, long ttl) {
        String host = owner().toString();
        int octet = random.nextInt(256);
        String owned = owner.toString();
        return switch (random.nextInt(12)) {
            case 0 -> record(owned, ttl, Type.A, "192.0.2." + octet);
            case 1 -> record(owned, ttl, Type.AAAA, "2001:db8::" + Integer.toHexString(octet));
            case 2 -> record(owned, ttl, Type.NS, host);
            case 3 -> record(owned, ttl, Type.CNAME, host);
            case 4 -> record(owned, ttl, Type.MX, octet + " " + host);
            case 5 ->
                record(
                        owned,
                        ttl,
                        Type.TXT,
                        "\"t" + "x".repeat(octet - octet / 8) + "\" \"\\" + (100 + octet / 2) + "\"");
            case 6 -> record(owned, ttl, Type.SRV, octet + " 1 443 " + host);
            case 7 -> record(owned, ttl, Type.CAA, "0 issue \"ca" + octet + "\"");
            case 8 -> record(owned, ttl, Type.HTTPS, "1 " + host + " alpn=h2 port=" + (1 + octet));
            case 9 -> record(owned, ttl, Type.NAPTR, "1 2 \"S\" \"SIP+D2U\" \"\" " + host);
            case 10 -> record(owned, ttl, Type.DS, "1 8 2 " + "ab".repeat(32));
            default -> record(owned, ttl, 65_280, "\\# 2 00" + HexFormat.of().toHexDigits((byte) octet));
        };
    }

    List<Record> records(int atMost) {
        return list(atMost, this::record);
    }

    <T> List<T> list(int atMost, Supplier<T> source) {
        return Stream.generate(source).limit(random.nextInt(atMost + 1)).toList();
    }

    <T> T any(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    public RequestId id() {
        return new RequestId(random.nextLong(), random.nextLong());
    }

    public List<RequestId> ids() {
        Set<RequestId> ids = new LinkedHashSet<>(list(5, this::id));
        return new ArrayList<>(ids);
    }

    ZoneVersion version() {
        long id = random.nextLong(1, 1L << 40);
        return new ZoneVersion(id, id + random.nextInt(1_000));
    }

    public byte[] bytes(int atMost) {
        byte[] bytes = new byte[random.nextInt(atMost + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    long serial() {
        return random.nextLong(1L << 32);
    }

    ZoneContents contents() {
        if (random.nextBoolean()) {
            return new ZoneContents.Inline(records(10));
        }
        byte[] sha256 = new byte[32];
        random.nextBytes(sha256);
        return new ZoneContents.Staged(id(), random.nextInt(1_000), sha256);
    }

    ZoneCommand command() {
        return random.nextInt(4) == 0 ? attributed() : plainCommand();
    }

    private ZoneCommand attributed() {
        ZoneCommand change;
        do {
            change = plainCommand();
        } while (!(change instanceof ZoneCommand.PutZone
                || change instanceof ZoneCommand.ApplyDiff
                || change instanceof ZoneCommand.DeleteZone));
        List<Origin> origins = list(5, () -> new Origin(any(LABELS), any(LABELS), any(LABELS)));
        return new ZoneCommand.Attributed(new Attribution(random.nextLong(1L << 42), origins), change);
    }

    private ZoneCommand plainCommand() {
        return switch (random.nextInt(7)) {
            case 0 ->
                new ZoneCommand.PutZone(owner(), random.nextBoolean() ? version() : null, contents(), serial(), ids());
            case 1 ->
                new ZoneCommand.ApplyDiff(owner(), new ZoneDiff(version(), records(10), records(10), serial()), ids());
            case 2 -> new ZoneCommand.DeleteZone(owner(), version(), ids());
            case 3 -> new ZoneCommand.StageChunk(id(), random.nextInt(1_000), bytes(1_000), random.nextInt(1_000));
            case 4 -> new ZoneCommand.DropStage(id());
            case 5 -> setting(random.nextInt(100));
            default -> new ZoneCommand.Tick();
        };
    }

    public ZoneCommand.PutSetting setting(long base) {
        String name = any(LABELS);
        return new ZoneCommand.PutSetting(
                "kind" + random.nextInt(2), name, random.nextBoolean() ? bytes(50) : null, base);
    }

    Change change() {
        return switch (random.nextInt(6)) {
            case 0 -> new Change.CreateZone(owner(), contents());
            case 1 -> new Change.ReplaceZone(owner(), contents(), random.nextBoolean() ? version() : null);
            case 2 -> new Change.DeleteZone(owner(), random.nextBoolean() ? version() : null);
            case 3 -> new Change.EditRRsets(owner(), list(5, this::edit), random.nextBoolean() ? version() : null);
            case 4 -> new Change.SetGuard(owner(), new Guard(random.nextInt(101)));
            default -> new Change.Stage(owner(), id(), random.nextInt(1_000), bytes(1_000), random.nextInt(1_000));
        };
    }

    private Change.RRsetEdit edit() {
        Change.Edit edit = any(List.of(Change.Edit.values()));
        return new Change.RRsetEdit(owner(), random.nextInt(65_536), edit, random.nextInt(), records(4));
    }
}
