/**
 * What the long-lived parts of a node share: elapsed time, and how often they say something. Knows nothing of DNS, Raft or the
 * disk, and no other room.
 */
@NullMarked
package io.evenkeel.consensus.process;

import org.jspecify.annotations.NullMarked;
