/**
 * A cluster of processes on this machine, and the folder that holds it: {@code up}, {@code down}, {@code restore}. Knows
 * {@code key}, {@code node} and {@code verb}.
 *
 * <p>One thread runs a verb from top to bottom; {@code up} adds a shutdown hook, and goes on to start again nodes that end.
 */
@NullMarked
package io.evenkeel.ops.local;

import org.jspecify.annotations.NullMarked;
