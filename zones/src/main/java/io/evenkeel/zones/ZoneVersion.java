package io.evenkeel.zones;

/**
 * Which contents of which zone. A serial alone does not tell: a zone deleted and created again can meet an old serial with
 * other contents.
 *
 * @param zoneId the log index at which the zone was created; never used twice
 * @param change the log index of its last change; at least {@code zoneId}
 */
public record ZoneVersion(long zoneId, long change) {}
