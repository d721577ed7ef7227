/**
 * Drills: a scenario file says which fleet asks which nodes and what must come of it. Knows {@code fleet} and {@code verb}. One
 * thread, that of the fleet; a shutdown hook ends it.
 */
@NullMarked
package io.evenkeel.ops.drill;

import org.jspecify.annotations.NullMarked;
