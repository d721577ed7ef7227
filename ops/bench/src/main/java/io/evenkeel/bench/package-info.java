/** Benchmarks and measurements; {@code ops/bench/run} starts them. Never shipped. */
@NullMarked
package io.evenkeel.bench;

import org.jspecify.annotations.NullMarked;
