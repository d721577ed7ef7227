package io.evenkeel.zones.store;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** What a trie consists of, so that a test sees what two versions share. */
public final class TrieNodes {
    private TrieNodes() {}

    /** All branches and pages, told apart by identity. */
    public static Set<Object> of(NameTrie trie) {
        return collect(trie.root, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static Set<Object> collect(Object node, Set<Object> found) {
        found.add(node);
        if (node instanceof NameTrie.Branch branch) {
            for (Object twig : branch.twigs()) {
                collect(twig, found);
            }
        }
        return found;
    }
}
