package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.zones.state.FeatureLevel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The entries in the log of one cluster about its members. Each member that takes part knows a committed entry at once. */
final class SimulatedGroup {
    final UUID id;
    /** As if it had been raised. */
    int level = FeatureLevel.FIRST.number();

    final Map<String, Permit> permits = new HashMap<>();
    /** How many entries a member, by name, is behind. */
    final Map<String, Long> behind = new HashMap<>();
    /** Changes that will not be done in time, once each: {@code write}, {@code take-out}, {@code let-in}. */
    final Set<String> failing = new HashSet<>();

    private final List<Member> members = new ArrayList<>();
    private @Nullable String leader;

    SimulatedGroup(UUID id, Member founder) {
        this.id = id;
        members.add(founder);
    }

    List<Member> members() {
        return members.stream().sorted(Comparator.comparing(Member::name)).toList();
    }

    boolean has(String peerId) {
        return members.stream().anyMatch(member -> member.peerId().equals(peerId));
    }

    void add(Member member) {
        members.add(member);
    }

    void remove(Member member) {
        members.removeIf(present -> present.peerId().equals(member.peerId()));
    }

    void lead(String name) {
        leader = name;
    }

    /** The leader, if a majority takes part: the one that led before, else the first by name. */
    @Nullable
    String elect(List<String> takingPart) {
        if (takingPart.size() * 2 <= members.size()) {
            leader = null;
        } else if (leader == null || !takingPart.contains(leader)) {
            leader = takingPart.stream().sorted().findFirst().orElseThrow();
        }
        return leader;
    }
}
