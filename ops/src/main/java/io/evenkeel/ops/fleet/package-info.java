/**
 * A fleet of devices that call home: how they ask, wait, ask again and choose their nodes, and what a server makes of it; and a model
 * of such servers. Knows {@code verb}. One thread turns a fleet and never blocks; its clock and its network are handed in, so that the
 * model and tests pass time as they like. Queries over TCP are on virtual threads and come back through a queue.
 */
@NullMarked
package io.evenkeel.ops.fleet;

import org.jspecify.annotations.NullMarked;
