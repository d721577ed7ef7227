/**
 * The HTTP ports of a node. The admin API is the PowerDNS Authoritative HTTP API, and beside it the routes that have no place
 * there; the health port has the open routes alone. {@code HttpPort} has an event loop with all its connections and their
 * bounds; each request has a virtual thread, which has a platform thread do the work that needs a key. Reads answer from the
 * node's own state, changes go through {@code ChangeService}; the node that took a change shows it right after it is accepted.
 * The composition root calls {@code AdminApi.start} after {@code ControlPlane.open} and before {@code form}, so that probes
 * can ask for health from the beginning.
 */
@NullMarked
package io.evenkeel.server.admin;

import org.jspecify.annotations.NullMarked;
