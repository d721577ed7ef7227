package io.evenkeel.server.change;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneContents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Zones and changes for tests. */
public final class Zones {
    /** A master file of {@code example.} that is signed. Signatures are not verified, so any will do. */
    public static final String SIGNED = """
            $ORIGIN example.
            $TTL 60
            @ SOA ns h 1 3600 600 86400 60
            @ RRSIG SOA 13 1 60 20800101000000 20200101000000 59507 example. c2ln
            @ NS ns
            @ RRSIG NS 13 1 60 20800101000000 20200101000000 59507 example. c2ln
            @ DNSKEY 257 3 13 a2V5
            @ RRSIG DNSKEY 13 1 60 20800101000000 20200101000000 59507 example. c2ln
            @ NSEC ns NS SOA RRSIG NSEC DNSKEY
            @ RRSIG NSEC 13 1 60 20800101000000 20200101000000 59507 example. c2ln
            ns A 192.0.2.1
            ns RRSIG A 13 2 60 20800101000000 20200101000000 59507 example. c2ln
            ns NSEC @ A RRSIG NSEC
            ns RRSIG NSEC 13 2 60 20800101000000 20200101000000 59507 example. c2ln
            """;

    public static final Name APEX = Name.fromConstantString("example.");

    private static final AtomicLong IDS = new AtomicLong();

    private Zones() {}

    public static RequestId id() {
        return new RequestId(7, IDS.incrementAndGet());
    }

    public static Record record(String owner, int type, String content) {
        try {
            return Record.fromString(Name.fromConstantString(owner), type, DClass.IN, 300, content, Name.root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The zone at {@link #APEX}, which must be there. */
    public static Zone zone(ReplicatedState state) {
        return Objects.requireNonNull(state.catalog().zone(APEX), "the zone is there");
    }

    public static List<Record> records(Name apex) {
        return List.of(
                record(apex.toString(), Type.SOA, "ns1." + apex + " hostmaster." + apex + " 1 3600 600 86400 300"),
                record(apex.toString(), Type.NS, "ns1." + apex),
                record("ns1." + apex, Type.A, "192.0.2.1"));
    }

    public static Change.CreateZone create(Name apex) {
        return new Change.CreateZone(apex, new ZoneContents.Inline(records(apex)));
    }

    public static Change.EditRRsets edit(Name apex, String owner, String address) {
        return new Change.EditRRsets(
                apex,
                List.of(new Change.RRsetEdit(
                        Name.fromConstantString(owner + "." + apex),
                        Type.A,
                        Change.Edit.REPLACE,
                        300,
                        List.of(record(owner + "." + apex, Type.A, address)))),
                null);
    }
}
