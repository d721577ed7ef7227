/**
 * From an asked change to the next state. The leader evaluates ({@code ChangeEvaluator}), the log carries facts
 * ({@link io.evenkeel.zones.change.ZoneCommand}), every replica applies them with the same result
 * ({@code ReplicatedState}). Pure functions of their arguments: no clock, no randomness, no input or output but snapshots.
 */
@NullMarked
package io.evenkeel.zones.change;

import org.jspecify.annotations.NullMarked;
