/** The long run of changes under faults, and the judgement of what its clients saw. Knows {@code cluster}. */
@NullMarked
package io.evenkeel.bench.consistency;

import org.jspecify.annotations.NullMarked;
