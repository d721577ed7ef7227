/**
 * Who belongs to the cluster: the keys of its key file, the certificates made of them, the HMAC of a command, and an account
 * of refused strangers. A node takes over a change of the file while connections last. Any thread.
 */
@NullMarked
package io.evenkeel.consensus.trust;

import org.jspecify.annotations.NullMarked;
