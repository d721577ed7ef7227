/**
 * A node's part in the replicated log as the rest of the server sees it: the replica, what it publishes, what it is started
 * with and what it tells of itself and of the others. What has been published stays readable whatever becomes of the replica:
 * no quorum, a full disk, a rebuilt server.
 */
@NullMarked
package io.evenkeel.consensus;

import org.jspecify.annotations.NullMarked;
