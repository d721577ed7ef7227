/**
 * The composition root: everything that a node consists of is made here, started in one order and stopped in the other.
 * Nobody knows it but what starts a node from a command line.
 */
@NullMarked
package io.evenkeel.server;

import org.jspecify.annotations.NullMarked;
