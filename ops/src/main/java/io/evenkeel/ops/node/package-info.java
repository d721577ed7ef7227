/**
 * Nodes as a verb sees them from outside: the list of them ({@code cluster.json}, {@code --server}), their admin API, their
 * DNS port; and the master files that are sent to them. Knows {@code verb}. Imports nothing of the server, so that it finds faults that a shared codec would hide.
 */
@NullMarked
package io.evenkeel.ops.node;

import org.jspecify.annotations.NullMarked;
