/**
 * What every verb is made of: how it says what happened and how it fails, what its arguments mean, programs of this machine,
 * and the tools of the server in the same jar, found by name. Knows no other room. Used by the thread of the verb alone.
 */
@NullMarked
package io.evenkeel.ops.verb;

import org.jspecify.annotations.NullMarked;
