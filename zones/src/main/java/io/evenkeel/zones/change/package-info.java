/**
 * From an asked change to a command: the leader evaluates a batch against the state that it has applied, so that the log
 * carries facts only. Pure functions of their arguments, without clock or randomness; the writer of a zone calls them in its
 * thread.
 */
@NullMarked
package io.evenkeel.zones.change;

import org.jspecify.annotations.NullMarked;
