package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.Settings;
import io.evenkeel.zones.state.ZoneCommand;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What nodes have told this one about the heap that they have for zones, and what a leader has to note of it. Any process that
 * holds the key can say HELLO under any name: only the word of a present member counts, and that is who comes with the id of
 * the cluster and the incarnation that is in the group. The word of others is kept for the question whether one may be added.
 * Any thread.
 */
final class ToldMemory {
    private final String self;
    private final ReentrantLock lock = new ReentrantLock();

    // Under the lock.
    private final Map<String, Long> ofMembers = new HashMap<>();
    /** Of nodes that may come, those heard last at the end. */
    private final Map<String, Long> ofOthers = new LinkedHashMap<>();

    /** @param octets that this node has; 0: it does not tell */
    ToldMemory(String self, long octets) {
        this.self = self;
        if (octets > 0) {
            ofMembers.put(self, octets);
        }
    }

    /**
     * Keeps the word of a node that has said HELLO.
     *
     * @param clusterId of this node's cluster; null: it belongs to none yet
     * @param members of the group, as this node knows them
     */
    void heard(Hello asking, @Nullable UUID clusterId, List<Member> members) {
        String name = asking.node();
        if (asking.memory() <= 0 || name.equals(self) || name.length() > ClusterLimits.TOLD_NAME) {
            return;
        }
        boolean isMember = clusterId != null
                && clusterId.equals(asking.clusterId())
                && members.stream()
                        .anyMatch(member -> member.name().equals(name) && member.incarnation() == asking.incarnation());
        lock.lock();
        try {
            if (isMember) {
                ofOthers.remove(name);
                ofMembers.put(name, asking.memory());
                return;
            }
            ofOthers.remove(name);
            ofOthers.put(name, asking.memory());
            if (ofOthers.size() > ClusterLimits.TOLD_MEMORIES) {
                ofOthers.remove(ofOthers.keySet().iterator().next());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Keeps the word of a node that was let in: it is a member now. */
    void letIn(String name, long octets) {
        lock.lock();
        try {
            ofOthers.remove(name);
            if (octets > 0) {
                ofMembers.put(name, octets);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Octets that a node which is to be added has told last; 0: nothing. */
    long of(String node) {
        lock.lock();
        try {
            return ofOthers.getOrDefault(node, ofMembers.getOrDefault(node, 0L));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Forgets what those have told that are members no more: they may come back with more.
     *
     * @param members empty: this node does not know them at present
     */
    void keepOnly(List<Member> members) {
        if (members.isEmpty()) {
            return;
        }
        Set<String> names = members.stream().map(Member::name).collect(Collectors.toSet());
        names.add(self);
        lock.lock();
        try {
            ofMembers.keySet().retainAll(names);
        } finally {
            lock.unlock();
        }
    }

    /** What is to be noted of the members, and of those that are none any more. */
    List<ZoneCommand.PutSetting> notes(List<Member> members, Settings settings) {
        List<ZoneCommand.PutSetting> notes = new ArrayList<>();
        for (Member member : members) {
            Long octets = ofMember(member.name());
            ZoneCommand.PutSetting note = octets == null ? null : MemoryLimits.note(settings, member.name(), octets);
            if (note != null) {
                notes.add(note);
            }
        }
        for (MemoryLimits.Limit limit : MemoryLimits.all(settings)) {
            boolean gone = !limit.node().equals(self)
                    && members.stream().noneMatch(member -> member.name().equals(limit.node()));
            ZoneCommand.PutSetting note = gone ? MemoryLimits.note(settings, limit.node(), null) : null;
            if (note != null) {
                notes.add(note);
            }
        }
        return notes;
    }

    private @Nullable Long ofMember(String name) {
        lock.lock();
        try {
            return ofMembers.get(name);
        } finally {
            lock.unlock();
        }
    }
}
