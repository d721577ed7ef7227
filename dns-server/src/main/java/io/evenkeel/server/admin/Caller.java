package io.evenkeel.server.admin;

import io.evenkeel.zones.state.Origin;

/**
 * Who asks, and what that one may do beside what all with a key may.
 *
 * @param origin who, and from where
 * @param bulk whether no change of this one is stopped for what it takes of a zone
 */
record Caller(Origin origin, boolean bulk) {}
