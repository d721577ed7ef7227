/**
 * The channel between nodes beside Raft: one connection to each other node, mutual TLS, requests with deadlines in both
 * directions, and their outcomes. A kind of request is in the room that answers it. All calls block and run on virtual
 * threads. Every length, queue and time has its bound in {@code PeerLimits}. A malformed frame ends the connection; a node
 * answers a request that it does not know.
 */
@NullMarked
package io.evenkeel.server.peer;

import org.jspecify.annotations.NullMarked;
