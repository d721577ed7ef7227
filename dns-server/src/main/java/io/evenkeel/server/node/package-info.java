/**
 * The life of a node, from the first bound socket to the last answer. This room decides when a node answers questions, never
 * how: no query passes through it.
 */
@NullMarked
package io.evenkeel.server.node;

import org.jspecify.annotations.NullMarked;
