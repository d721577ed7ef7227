/**
 * Octets of commands, changes and snapshots: numbers, names, versions and records, one after the other, big-endian. Readers
 * trust nothing: what is cut short, too long or no name is a CodecException, never a fault. One thread at a time.
 */
@NullMarked
package io.evenkeel.zones.codec;

import org.jspecify.annotations.NullMarked;
