/**
 * What the long-lived parts of a node share: elapsed time, threads that survive faults, tasks that are repeated. Knows nothing
 * of DNS, Raft or the disk.
 */
@NullMarked
package io.evenkeel.consensus.process;

import org.jspecify.annotations.NullMarked;
