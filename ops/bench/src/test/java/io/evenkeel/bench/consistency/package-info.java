/**
 * The long run of changes under faults, and the judgement of the history that its clients saw. Knows {@code cluster}.
 */
@NullMarked
package io.evenkeel.bench.consistency;

import org.jspecify.annotations.NullMarked;
