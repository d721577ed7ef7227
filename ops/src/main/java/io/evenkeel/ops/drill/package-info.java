/**
 * Drills: a scenario file says which fleet asks which nodes, what is done to these and what must come of it. Knows {@code fleet},
 * {@code local}, {@code node} and {@code verb}. The thread of the fleet; beside it, where the drill has a cluster, one for each fault, one
 * that changes a record and one that looks at each node. Shutdown hooks end the fleet and the cluster.
 */
@NullMarked
package io.evenkeel.ops.drill;

import org.jspecify.annotations.NullMarked;
