/**
 * The composition root makes all parts of a node, starts them in one order and stops them in the other. Only the tools that
 * start a node from a command line know it.
 */
@NullMarked
package io.evenkeel.server;

import org.jspecify.annotations.NullMarked;
