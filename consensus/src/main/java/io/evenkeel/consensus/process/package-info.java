/**
 * What the long-lived parts of a node share: elapsed time, threads that survive faults, tasks that are repeated, log lines at a
 * bounded rate, the text of addresses. Knows nothing of DNS, Raft or the disk, and no other room.
 */
@NullMarked
package io.evenkeel.consensus.process;

import org.jspecify.annotations.NullMarked;
