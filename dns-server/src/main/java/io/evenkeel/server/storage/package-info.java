/** The disk of a node: its use and its room, what is given up for want of it, how fast it is, and scheduled backups. */
@NullMarked
package io.evenkeel.server.storage;

import org.jspecify.annotations.NullMarked;
