/**
 * Zones in memory: immutable versions, canonical order, lookup without allocation. Reading needs no lock and any number
 * of threads; a next version is made by one thread at a time. Knows neither sockets nor consensus nor the clock.
 */
@NullMarked
package io.evenkeel.zones;

import org.jspecify.annotations.NullMarked;
