/**
 * Who a node is, as it stands in its data directory and as other members know it, and how a file gets onto a disk whole or
 * not at all. What is here blocks for the disk and is called by one thread at a time, which starts the node or supervises it.
 */
@NullMarked
package io.evenkeel.consensus.identity;

import org.jspecify.annotations.NullMarked;
