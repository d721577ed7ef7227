/**
 * From nodes to a cluster, and the life of its members. All calls block and run on virtual threads. The composition root calls
 * {@code ClusterKeys.load} (or none), {@code ControlPlane.open} (binds the peer port and answers the others),
 * {@code AdminApi.start} on it, then {@code control.form()}, which blocks until this node belongs to a cluster and returns its
 * replica; it stops with {@code admin.close()}, then {@code control.close()} (closes the replica too). {@code NodeRules} and
 * {@code LeaderRules} decide about members, {@code Membership} and {@code MemberChanges} carry that out.
 */
@NullMarked
package io.evenkeel.server.cluster;

import org.jspecify.annotations.NullMarked;
