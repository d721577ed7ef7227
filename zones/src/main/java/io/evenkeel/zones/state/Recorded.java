package io.evenkeel.zones.state;

import io.evenkeel.zones.ZoneVersion;

/**
 * What a request came to, remembered so that asking again changes nothing twice.
 *
 * @param index the log index at which it was applied
 * @param version of the zone after it
 * @param serial of the zone after it
 */
public record Recorded(long index, ZoneVersion version, long serial) {}
