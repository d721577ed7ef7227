/**
 * The channel between nodes beside Raft: one connection to each other node, mutual TLS, requests with deadlines in both
 * directions, and what they say. Callers block on virtual threads; event loops only read, write and hand on. Every length,
 * queue and time has its bound in {@code PeerLimits}; what is malformed ends the connection.
 */
@NullMarked
package io.evenkeel.server.peer;

import org.jspecify.annotations.NullMarked;
