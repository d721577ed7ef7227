/**
 * Limits on clients, and the signs of a storm of them: tables of fixed size, no lock, no thread, no allocation for a question. Knows
 * no sockets and no wire format but the header of a message.
 */
@NullMarked
package io.evenkeel.server.limits;

import org.jspecify.annotations.NullMarked;
