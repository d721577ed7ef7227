/**
 * Zones in memory: immutable versions, and the catalog of all of them. Any number of threads read without a lock; one thread at
 * a time makes the next version. Neither this room nor any below it knows sockets, consensus or the clock.
 */
@NullMarked
package io.evenkeel.zones;

import org.jspecify.annotations.NullMarked;
