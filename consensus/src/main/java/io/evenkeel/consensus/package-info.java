/**
 * One Raft replica around the replicated state. No Ratis type leaves this package. What has been published stays readable
 * whatever becomes of the replica: no quorum, a full disk, a rebuilt server.
 */
@NullMarked
package io.evenkeel.consensus;

import org.jspecify.annotations.NullMarked;
