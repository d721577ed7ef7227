/**
 * The replicated state on disk: a snapshot is a directory with a manifest, a backup is one file. Any thread writes and reads
 * both as streams, from one published state. No code takes either for whole before it has compared the digests.
 */
@NullMarked
package io.evenkeel.consensus.snapshot;

import org.jspecify.annotations.NullMarked;
