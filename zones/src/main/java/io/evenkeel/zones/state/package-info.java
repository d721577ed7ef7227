/**
 * The replicated state, which each replica makes of the log alike: commands and their octets, zones, staged contents, settings,
 * the ring of requests, and snapshots. Applying is a pure function of state and command, called by one thread; a state is
 * immutable, and any thread reads it.
 */
@NullMarked
package io.evenkeel.zones.state;

import org.jspecify.annotations.NullMarked;
