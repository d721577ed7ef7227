package io.evenkeel.zones;

/** The zones that this server is authoritative for, at one log index. Immutable. */
public final class Catalog {}
