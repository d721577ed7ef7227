/**
 * Reads master files (RFC 1035 §5) into records that are checked already. A file is read to its end whatever is wrong with it, so
 * that every problem is told at once with its line; contents with an error are refused whole. One file, one thread.
 */
@NullMarked
package io.evenkeel.zones.file;

import org.jspecify.annotations.NullMarked;
