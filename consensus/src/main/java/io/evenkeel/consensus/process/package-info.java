/** What the long-lived parts of a node share: elapsed time. Knows nothing of DNS, Raft or the disk. */
@NullMarked
package io.evenkeel.consensus.process;

import org.jspecify.annotations.NullMarked;
