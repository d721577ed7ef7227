/**
 * The command line: {@code Main}, which puts the verbs of the rooms below together and knows them all. An independent client of the
 * server: it speaks HTTP and DNS to nodes, starts them as processes, and reaches {@code serve} and {@code check} as
 * {@link java.util.spi.ToolProvider}s by name.
 */
@NullMarked
package io.evenkeel.ops;

import org.jspecify.annotations.NullMarked;
