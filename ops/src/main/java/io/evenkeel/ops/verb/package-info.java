/**
 * The common parts of all verbs: output and failures, arguments, programs of this machine, and the tools of the server, found
 * by name in the same jar. Knows no other room. Only the thread of the verb uses it.
 */
@NullMarked
package io.evenkeel.ops.verb;

import org.jspecify.annotations.NullMarked;
