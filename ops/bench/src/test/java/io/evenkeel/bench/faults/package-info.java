/** What nodes do when they are killed, stopped, wiped, cut off and flooded. Knows {@code cluster}. */
@NullMarked
package io.evenkeel.bench.faults;

import org.jspecify.annotations.NullMarked;
