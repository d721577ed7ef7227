/**
 * Judges the records of a whole zone, and of one name in it: the rules of RFCs, the proofs that a signed zone needs, and likely
 * mistakes. Pure functions, any thread; the caller decides about the problems.
 */
@NullMarked
package io.evenkeel.zones.check;

import org.jspecify.annotations.NullMarked;
