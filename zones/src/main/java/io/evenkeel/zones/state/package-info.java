/**
 * What the log makes of the zones: commands and their octets, and the replicated state that each replica makes of them alike,
 * with staged contents, settings, the ring of requests, and its snapshots. Applying is a pure function of state and command,
 * called by one thread; a state is immutable and read by any.
 */
@NullMarked
package io.evenkeel.zones.state;

import org.jspecify.annotations.NullMarked;
