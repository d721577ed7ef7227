package io.evenkeel.bench;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * A zone as device makers have it: one A record a name, 5 % AAAA, 2 % TXT, 1 % MX, 2,000 delegations with glue, 100 wildcards.
 *
 * @param deep names of sites in regions, with empty non-terminals; else all names right below the apex
 * @param names how many hosts
 */
public record SampleZone(boolean deep, int names) {
    static final int CUTS = 2000;
    static final int WILDCARDS = 100;
    private static final String APEX = "example.";

    static Name name(String text) {
        try {
            return Name.fromString(text);
        } catch (TextParseException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    static Name apex() {
        return name(APEX);
    }

    String host(int i) {
        return deep
                ? String.format(Locale.ROOT, "callhome-%06d.site-%03d.region-%d.%s", i, i % 250, i % 5, APEX)
                : String.format(Locale.ROOT, "dev-%08x.%s", i * 0x9E3779B1, APEX);
    }

    String group(String kind, int i) {
        return kind + i + (deep ? ".region-" + i % 5 : "") + "." + APEX;
    }

    static SOARecord soa(int serial) {
        Name apex = apex();
        return new SOARecord(apex, DClass.IN, 3600, name("ns1." + APEX), name("admin." + APEX), serial, 60, 60, 60, 60);
    }

    static ARecord address(Name owner, int i) {
        return new ARecord(owner, DClass.IN, 300, inet(new byte[] {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i}));
    }

    private static InetAddress inet(byte[] octets) {
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** In no canonical order; made while they are read. */
    Stream<Record> records(boolean mixed) {
        Stream<Record> hosts = IntStream.range(0, names).boxed().flatMap(i -> host(i, mixed));
        Stream<Record> all = withApex(hosts);
        return mixed ? Stream.concat(all, Stream.concat(cuts(), wildcards())) : all;
    }

    private static Stream<Record> withApex(Stream<Record> hosts) {
        return Stream.concat(Stream.of(soa(1), new NSRecord(apex(), DClass.IN, 3600, name("ns1." + APEX))), hosts);
    }

    private Stream<Record> host(int i, boolean mixed) {
        Name owner = name(host(i));
        Stream.Builder<Record> records = Stream.builder();
        records.add(address(owner, i));
        if (mixed && i % 20 == 0) {
            records.add(new AAAARecord(owner, DClass.IN, 300, inet(new byte[] {
                0x20,
                1,
                0xD,
                (byte) 0xB8,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                (byte) (i >> 24),
                (byte) (i >> 16),
                (byte) (i >> 8),
                (byte) i
            })));
        }
        if (mixed && i % 50 == 0) {
            records.add(new TXTRecord(owner, DClass.IN, 300, "a text of forty octets, more or less 4567"));
        }
        if (mixed && i % 100 == 0) {
            records.add(new MXRecord(owner, DClass.IN, 300, 10, name("mx1." + APEX)));
            records.add(new MXRecord(owner, DClass.IN, 300, 20, name("mx2." + APEX)));
        }
        return records.build();
    }

    private Stream<Record> cuts() {
        return IntStream.range(0, CUTS).boxed().flatMap(i -> {
            Name cut = name(group("cust-", i));
            Name ns1 = name("ns1." + cut);
            Name ns2 = name("ns2." + cut);
            return Stream.of(
                    new NSRecord(cut, DClass.IN, 3600, ns1),
                    new NSRecord(cut, DClass.IN, 3600, ns2),
                    address(ns1, i),
                    address(ns2, i));
        });
    }

    private Stream<Record> wildcards() {
        return IntStream.range(0, WILDCARDS).mapToObj(i -> address(name("*." + group("wild-", i)), i));
    }

    /** Loads it. */
    public Zone load(boolean mixed) {
        return Zone.load(apex(), new ZoneVersion(1, 1), () -> iterator(mixed));
    }

    /**
     * As much as one signed with ECDSA P-256 and NSEC has, of its hosts alone: four records a name. The signatures are octets of
     * chance, which is all the same to who keeps them.
     */
    Zone loadSigned() {
        Random random = new Random(names);
        return Zone.load(
                apex(),
                new ZoneVersion(1, 1),
                () -> withApex(IntStream.range(0, names).boxed().flatMap(i -> signed(i, random)))
                        .iterator());
    }

    private Stream<Record> signed(int i, Random random) {
        Name owner = name(host(i));
        Name next = name(host((i + 1) % names));
        return Stream.of(
                address(owner, i),
                signature(owner, Type.A, random),
                new NSECRecord(owner, DClass.IN, 60, next, new int[] {Type.A, Type.RRSIG, Type.NSEC}),
                signature(owner, Type.NSEC, random));
    }

    private static Record signature(Name owner, int covered, Random random) {
        byte[] octets = new byte[64];
        random.nextBytes(octets);
        Instant from = Instant.ofEpochSecond(1_800_000_000);
        return new RRSIGRecord(
                owner,
                DClass.IN,
                300,
                covered,
                DNSSEC.Algorithm.ECDSAP256SHA256,
                300,
                from.plus(Duration.ofDays(14)),
                from,
                12_345,
                apex(),
                octets);
    }

    private Iterator<Record> iterator(boolean mixed) {
        return records(mixed).iterator();
    }

    /** A message that asks for an A record, with EDNS, and eight octets after it; of a kind that a server of devices meets. */
    public byte[] question(String kind, int random) {
        int i = Math.floorMod(random, names);
        byte[] qname = name(switch (kind) {
                    case "hit" -> host(i);
                    case "missing" -> host(i).replaceFirst("\\.", "x.");
                    case "referral" -> "www.a." + group("cust-", i % CUTS);
                    case "wildcard" -> "h" + i + "." + group("wild-", i % WILDCARDS);
                    default -> throw new NoSuchElementException(kind);
                })
                .toWire();
        ByteBuffer message = ByteBuffer.allocate(12 + qname.length + 4 + 11 + 8);
        message.putShort((short) random).putShort((short) 0);
        message.putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) 1);
        message.put(qname).putShort((short) 1).putShort((short) 1);
        message.put((byte) 0)
                .putShort((short) 41)
                .putShort((short) 1232)
                .putInt(0)
                .putShort((short) 0);
        return message.array();
    }
}
