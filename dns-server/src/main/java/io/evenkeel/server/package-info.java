/**
 * The composition root: everything that a node consists of is made here, started in one order and stopped in the other.
 * The command line finds the node and its checks as tool providers, so that it need not know them.
 */
@NullMarked
package io.evenkeel.server;

import org.jspecify.annotations.NullMarked;
