/**
 * The path of a query: parse, find, collect, encode. One {@link QueryHandler} per event loop with its scratch and its
 * counters; no locks, no allocation in steady state, no log line per query. Knows neither dnsjava nor consensus.
 */
@NullMarked
package io.evenkeel.server.query;

import org.jspecify.annotations.NullMarked;
