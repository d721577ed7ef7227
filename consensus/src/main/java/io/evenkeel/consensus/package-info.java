/**
 * A node's part in the replicated log, as the rest of the server sees it: the replica, its published state, its start options,
 * its reports about itself and the others. A published state stays readable in every condition of the replica: no quorum, a
 * full disk, a rebuilt server.
 */
@NullMarked
package io.evenkeel.consensus;

import org.jspecify.annotations.NullMarked;
