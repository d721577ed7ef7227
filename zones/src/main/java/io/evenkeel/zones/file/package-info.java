/**
 * Reads master files (RFC 1035 §5) into checked records. It reads a file to its end in spite of mistakes, so that it can report
 * every problem at once with its line, and refuses contents with an error whole. One file, one thread.
 */
@NullMarked
package io.evenkeel.zones.file;

import org.jspecify.annotations.NullMarked;
