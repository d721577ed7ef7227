/**
 * Who belongs to the cluster: the keys of its key file, the certificates made of them, the proof that a command bears, and
 * an account of the strangers that were turned away. A change of the file is taken over while connections last; whatever
 * is asked may be asked by any thread.
 */
@NullMarked
package io.evenkeel.consensus.trust;

import org.jspecify.annotations.NullMarked;
