/**
 * Judges the records of a whole zone, and of one name in it: what RFCs forbid, what a signed zone must have for its proofs to
 * hold, what makes a mistake likely. Pure functions, any thread; who is told of a problem decides what becomes of it.
 */
@NullMarked
package io.evenkeel.zones.check;

import org.jspecify.annotations.NullMarked;
