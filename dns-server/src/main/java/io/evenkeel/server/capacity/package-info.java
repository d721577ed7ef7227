/**
 * Whether this node, and the cluster, can carry the load: the vitals that members tell each other every second, the questions by which
 * they find out whether each other answers, the cost of an answer in service, and what follows from these. Arithmetic is pure; the
 * rest runs on the tickers of the node, {@code Prober} on its own. Every table is bounded by the number of members.
 */
@NullMarked
package io.evenkeel.server.capacity;

import org.jspecify.annotations.NullMarked;
