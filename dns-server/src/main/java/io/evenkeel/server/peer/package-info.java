/**
 * The channel between nodes beside Raft: one connection to each other node, mutual TLS, requests with deadlines in both
 * directions, and what becomes of them. A kind of request lives in the room that answers it. Everything blocks and runs on
 * virtual threads. Every length, queue and time has its bound in {@code PeerLimits}; what is malformed ends the connection,
 * what is not known is answered.
 */
@NullMarked
package io.evenkeel.server.peer;

import org.jspecify.annotations.NullMarked;
