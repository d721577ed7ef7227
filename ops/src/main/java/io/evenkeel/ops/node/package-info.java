/**
 * Nodes as a verb sees them from outside: which there are ({@code cluster.json}, {@code --server}), their admin API, their DNS
 * port. Knows {@code verb}. Imports nothing of the server, so that it finds what a shared codec would hide.
 */
@NullMarked
package io.evenkeel.ops.node;

import org.jspecify.annotations.NullMarked;
