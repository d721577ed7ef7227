/**
 * The command line. An independent client of the server: it speaks HTTP and DNS to nodes, starts them as processes, and
 * reaches {@code serve} and {@code check} as {@link java.util.spi.ToolProvider}s by name; it imports nothing of theirs, so
 * that it finds what a shared codec would hide.
 *
 * <p>One thread runs a verb from top to bottom; {@code up} adds a shutdown hook and one callback per node process,
 * {@code crowd} a shutdown hook.
 */
@NullMarked
package io.evenkeel.ops;

import org.jspecify.annotations.NullMarked;
