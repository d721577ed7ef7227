/**
 * Drills: a scenario file says which fleet asks which nodes, what is done to these and what must come of it. Knows {@code fleet},
 * {@code local}, {@code node} and {@code verb}. The thread of the fleet; beside it, where the drill has a cluster, one for each fault, one
 * that changes a record, one that looks at each node, one that asks Prometheus for alerts, and one that
 * writes the log of the design of 2020. Shutdown hooks end the fleet and the cluster.
 */
@NullMarked
package io.evenkeel.ops.drill;

import org.jspecify.annotations.NullMarked;
