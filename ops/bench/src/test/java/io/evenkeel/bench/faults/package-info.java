/** Tests that kill, stop, wipe, cut off and flood real nodes. Knows {@code cluster}. */
@NullMarked
package io.evenkeel.bench.faults;

import org.jspecify.annotations.NullMarked;
