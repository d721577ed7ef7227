package io.evenkeel.zones.state;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.Samples;
import java.util.List;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * A command that no leader would propose and that every replica stumbles over in the same way: it removes a record that the
 * zone has not, from the right version. What follows is what an error of this program in applying would bring about.
 */
public final class FaultyCommand {
    private FaultyCommand() {}

    /** A command that makes {@link ReplicatedState#apply} answer {@link CommandResult.Faulted} while the zone is as it is. */
    public static ZoneCommand of(Zone zone) {
        Record absent = Samples.record("absent." + zone.apex(), 60, Type.A, "192.0.2.1");
        ZoneDiff diff = new ZoneDiff(zone.version(), List.of(absent), List.of(), zone.serial() + 1);
        return new ZoneCommand.ApplyDiff(zone.apex(), diff, List.of());
    }
}
