/**
 * Octets of commands, changes and snapshots: numbers, names, versions and records, one after the other, big-endian. Readers
 * trust nothing: octets that are cut short, too long or no name lead to a CodecException, never to a fault. One thread at a
 * time.
 */
@NullMarked
package io.evenkeel.zones.codec;

import org.jspecify.annotations.NullMarked;
