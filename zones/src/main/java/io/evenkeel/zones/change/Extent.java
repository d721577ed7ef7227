package io.evenkeel.zones.change;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.check.ZoneRules;
import io.evenkeel.zones.state.Guard;
import io.evenkeel.zones.store.PackedRecords;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * How much a zone holds, to tell a change that takes most of it from others. One that does is as often a mistake as meant: a
 * file that was cut off, a script whose list was empty.
 *
 * @param names that have records, the NSEC3 chain left out
 * @param bare whether the zone has nothing but its SOA, its NS records, their addresses, and what signs these
 */
public record Extent(long names, boolean bare) {
    /** Of a zone. Costs a look at each page of names. */
    static Extent of(Zone zone) {
        return new Extent(zone.owners(), zone.forEachWhile(new Skeleton(zone.apex())::has));
    }

    /** Of all records of a zone, in canonical order. */
    static Extent of(Name apex, PackedRecords records) {
        Skeleton skeleton = new Skeleton(apex);
        long names = 0;
        boolean bare = true;
        for (int from = 0; from < records.size(); ) {
            int to = records.endOfOwner(from);
            boolean isOfChain = true;
            for (int i = from; i < to; i++) {
                int type = records.type(i);
                isOfChain &= type == Type.NSEC3 || type == Type.RRSIG;
                bare = bare && skeleton.has(records.get(i));
            }
            names += isOfChain ? 0 : 1;
            from = to;
        }
        return new Extent(names, bare);
    }

    /** Why a change from one to the other has to be meant; null if it need not. */
    static @Nullable String refusal(Name apex, Guard guard, Extent before, Extent after) {
        long taken = before.names - after.names;
        String meant = ": if that is meant, say so with --force, in the API with ?force=true";
        if (guard.isOff()) {
            return null;
        }
        if (empties(taken, before.bare, after.bare)) {
            return "the change takes all of " + apex + " but SOA, NS and the addresses of its name servers ("
                    + before.names + " names before, " + after.names + " after)" + meant;
        }
        return guard.stops(taken, before.names)
                ? "the change takes " + taken + " of the " + before.names + " names of " + apex + ", and more than "
                        + (guard.equals(Guard.USUAL) ? "half" : guard + " (`zone set`)") + " of "
                        + ZoneLimits.GUARDED_NAMES + " names or more are guarded" + meant
                : null;
    }

    /** Whether such a change leaves nothing. That of a single name is no mistake of a list. */
    static boolean empties(long taken, boolean bareBefore, boolean bareAfter) {
        return taken > 1 && bareAfter && !bareBefore;
    }

    /** What any zone has. Is shown records in canonical order: those of the apex name the name servers. */
    static final class Skeleton {
        private final Name apex;
        private final Set<Name> nameServers = new HashSet<>();

        Skeleton(Name apex) {
            this.apex = apex;
        }

        boolean has(Record record) {
            int type = record.getType();
            if (ZoneRules.isOfSignedZones(type)) {
                return true;
            }
            if (record.getName().equals(apex)) {
                if (record instanceof NSRecord ns) {
                    nameServers.add(ns.getTarget());
                }
                return type == Type.NS || type == Type.SOA || isKey(type);
            }
            return (type == Type.A || type == Type.AAAA) && nameServers.contains(record.getName());
        }

        private static boolean isKey(int type) {
            return type == Type.DNSKEY || type == Type.CDS || type == Type.CDNSKEY;
        }

        /** Targets of the NS records that it was shown. */
        Set<Name> nameServers() {
            return nameServers;
        }
    }
}
