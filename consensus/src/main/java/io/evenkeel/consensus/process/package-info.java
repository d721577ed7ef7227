/**
 * Elapsed time, threads that survive faults, repeated tasks, log lines at a bounded rate, the text of addresses: for the
 * long-lived parts of a node. Knows nothing of DNS, Raft or the disk, and no other room.
 */
@NullMarked
package io.evenkeel.consensus.process;

import org.jspecify.annotations.NullMarked;
