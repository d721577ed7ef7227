/**
 * Names and records as octets, and the copy-on-write trie of packed pages that holds the names of a zone version. Finished
 * pages and tries are immutable, and any thread reads them; keys, cursors, lookups and editors are scratch of one thread.
 * Queries allocate nothing here. Methods hand out arrays without a copy: only the maker of an array writes to it.
 */
@NullMarked
package io.evenkeel.zones.store;

import org.jspecify.annotations.NullMarked;
