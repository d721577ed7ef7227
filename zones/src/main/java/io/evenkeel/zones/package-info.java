/**
 * Zones in memory: immutable versions, and the catalog of all of them. Reading needs no lock and any number of threads; a next
 * version is made by one thread at a time. Neither this nor any room below it knows sockets, consensus or the clock.
 */
@NullMarked
package io.evenkeel.zones;

import org.jspecify.annotations.NullMarked;
