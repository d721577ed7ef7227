/**
 * Traffic, to be looked at without a line of log for a question: a sample of it in memory, what is most frequent there, and captures of it
 * to a file. The answering loops write to rings of their own ({@code LoopTraffic}), wait for nobody and allocate nothing; others read these.
 * Knows messages as octets, and no socket.
 */
@NullMarked
package io.evenkeel.server.traffic;

import org.jspecify.annotations.NullMarked;
