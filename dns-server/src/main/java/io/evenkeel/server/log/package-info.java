/**
 * The log of a node that serves: the places of its lines, a bound on lines of one kind, and levels that hold for a while; and the journal of
 * changes of state. The node sets it up once, before anything else runs; then any thread logs, and none waits for a disk.
 */
@NullMarked
package io.evenkeel.server.log;

import org.jspecify.annotations.NullMarked;
