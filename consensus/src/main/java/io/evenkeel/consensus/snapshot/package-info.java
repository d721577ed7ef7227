/**
 * The replicated state on disk: a snapshot is a directory with a manifest, a backup is one file. Both are written and read as
 * streams, from one published state, by whichever thread asks; neither is taken for whole before its digests were compared.
 */
@NullMarked
package io.evenkeel.consensus.snapshot;

import org.jspecify.annotations.NullMarked;
