/**
 * The DNS sockets. A few event loops each own all that they answer with: sockets, handler, buffers, counters. They share
 * nothing but the catalog reference, never block and never log. All other code here runs on the control side.
 */
@NullMarked
package io.evenkeel.server.transport;

import org.jspecify.annotations.NullMarked;
