/**
 * The life of a node, from the first bound socket to the last answer. What happens here decides when questions are
 * answered, never how: no query passes through this package.
 */
@NullMarked
package io.evenkeel.server.node;

import org.jspecify.annotations.NullMarked;
