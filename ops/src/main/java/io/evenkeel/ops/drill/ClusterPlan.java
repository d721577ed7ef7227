package io.evenkeel.ops.drill;

/**
 * The nodes that a drill starts for itself.
 *
 * @param nodes how many: n1, n2 and so on
 * @param rate to about so many answers a second each of them is held; 0: to what the machine gives
 */
record ClusterPlan(int nodes, double rate) {}
