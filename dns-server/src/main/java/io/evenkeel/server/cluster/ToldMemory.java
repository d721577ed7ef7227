package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.Settings;
import io.evenkeel.zones.state.ZoneCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What nodes have told this one about the heap that they have for zones, and what a leader has to note of it. Any thread. */
final class ToldMemory {
    private final String self;
    private final Map<String, Long> told = new ConcurrentHashMap<>();

    /** @param octets that this node has; 0: it does not tell */
    ToldMemory(String self, long octets) {
        this.self = self;
        heard(self, octets);
    }

    /** Bounded by names that have a place: of others, as many as a cluster may have members. */
    void heard(String node, long octets) {
        if (octets > 0 && (told.containsKey(node) || told.size() < ClusterLimits.TOLD_MEMORIES)) {
            told.put(node, octets);
        }
    }

    /** Octets that a node has told last; 0: nothing. */
    long of(String node) {
        return told.getOrDefault(node, 0L);
    }

    /** What is to be noted of the members, and of those that are none any more. */
    List<ZoneCommand.PutSetting> notes(List<Member> members, Settings settings) {
        List<ZoneCommand.PutSetting> notes = new ArrayList<>();
        for (Member member : members) {
            Long octets = told.get(member.name());
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
}
