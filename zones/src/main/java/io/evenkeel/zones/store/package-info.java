/**
 * Names and records as octets, and the copy-on-write trie of packed pages that holds the names of a zone version. Pages and
 * tries are immutable once made, and read by any thread; keys, cursors, lookups and editors are scratch of one thread. What
 * queries use allocates nothing. Arrays are handed out as they are: nobody writes to what he has not made.
 */
@NullMarked
package io.evenkeel.zones.store;

import org.jspecify.annotations.NullMarked;
