/**
 * The verbs that ask a node to do something, read or change files of a stopped one, check files and build the image. Knows
 * {@code key}, {@code node} and {@code verb}. One thread runs a verb from top to bottom.
 */
@NullMarked
package io.evenkeel.ops.cli;

import org.jspecify.annotations.NullMarked;
