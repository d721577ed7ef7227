/**
 * From nodes to a cluster, and what becomes of its members. Everything blocks and runs on virtual threads. Order for the
 * composition root: {@code ClusterKeys.load} (or none), {@code ControlPlane.open} (binds the peer port and answers the others),
 * {@code AdminApi.start} on it, then {@code control.form()}, which blocks until this node belongs
 * to a cluster and returns its replica. {@code NodeRules} and {@code LeaderRules} decide about members,
 * {@code Membership} and {@code MemberChanges} carry that out. Stop: {@code admin.close()}, {@code control.close()} (closes the replica too).
 */
@NullMarked
package io.evenkeel.server.cluster;

import org.jspecify.annotations.NullMarked;
