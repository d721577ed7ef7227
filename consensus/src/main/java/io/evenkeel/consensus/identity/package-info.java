/**
 * The identity of a node, on its disk and for other members, and files that get onto a disk whole or not at all. The classes
 * block for the disk; one thread at a time calls them, which starts the node or supervises it.
 */
@NullMarked
package io.evenkeel.consensus.identity;

import org.jspecify.annotations.NullMarked;
