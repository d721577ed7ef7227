/**
 * Load on any DNS server, and its effect on the server: {@code bench} and {@code crowd}. Knows
 * {@code fleet} and {@code verb}. One thread asks and counts, and never blocks; {@code crowd} adds a shutdown hook.
 */
@NullMarked
package io.evenkeel.ops.bench;

import org.jspecify.annotations.NullMarked;
