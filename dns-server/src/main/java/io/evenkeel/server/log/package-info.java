/**
 * The log of a node that serves: where lines go, and how many of one kind. Set up once, before anything else runs; then any
 * thread logs, and none waits for a disk.
 */
@NullMarked
package io.evenkeel.server.log;

import org.jspecify.annotations.NullMarked;
