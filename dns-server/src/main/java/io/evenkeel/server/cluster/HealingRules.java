package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Evidence.Comparison;
import io.evenkeel.server.cluster.HealingFacts.OneMember;
import java.util.List;
import java.util.stream.Collectors;

/*
 * Raft makes the logs of the members the same; these rules are about what they have made of them. The leader counts, since
 * its zones are what changes are judged by and what was acknowledged. So:
 *
 *   a minority differs from the leader          its members take over the leader's state
 *   a majority differs from the leader          if the leader knows itself to be wrong, and those agree with each other, it
 *                                               hands over to one of them, and is then a minority. Otherwise nobody can tell
 *                                               which is right: two whose disks were put back to an old copy agree as well as
 *                                               two that are right. Changes stop until all agree, or a person decides.
 *   a member has applied other commands         the same, whoever is in the minority: its state is no fault, but another past.
 *   than the leader
 *   a follower has committed what the leader    the disks of a majority were put back, and have gone on without it. Nobody can
 *   does not have                               tell which entries are to be kept: changes stop.
 *
 * A leader knows itself to be wrong if it has found damage in its own memory, if applying met more faults there than in all
 * that differ from it, or if it differed from the leader before it and has not healed since.
 */

/** Decides what a member does when members do not hold the same. Pure; each member decides for itself. */
final class HealingRules {
    private static final HealingStep REST = new HealingStep.Rest();

    private HealingRules() {}

    /** The next step of {@link HealingFacts#self}. */
    static HealingStep next(HealingFacts facts) {
        OneMember self = facts.member(facts.self()).orElse(null);
        OneMember leader =
                facts.leader() == null ? null : facts.member(facts.leader()).orElse(null);
        if (self == null || leader == null || leader.evidence() == null) {
            return REST;
        }
        if (self.isInConflict()) {
            return allAgree(facts, leader) ? new HealingStep.Settle() : REST;
        }
        List<OneMember> forked = compared(facts, leader, Comparison.FORKED);
        if (!forked.isEmpty()) {
            return new HealingStep.Stop(conflict(leader, forked, "have another past than"));
        }
        return self.name().equals(leader.name()) ? ofLeader(facts, self) : ofFollower(facts, self, leader);
    }

    private static HealingStep ofLeader(HealingFacts facts, OneMember leader) {
        if (!facts.foreign().isEmpty()) {
            return new HealingStep.Stop(facts.foreign());
        }
        List<OneMember> differing = compared(facts, leader, Comparison.DIFFERENT);
        List<OneMember> same = compared(facts, leader, Comparison.SAME);
        if (differing.size() >= facts.majority()) {
            return knowsItselfWrong(leader, differing)
                    ? new HealingStep.HandOver(differing.getFirst().name())
                    : new HealingStep.Stop(conflict(leader, differing, "hold other zones than"));
        }
        if (same.size() < facts.majority()) {
            return REST;
        }
        if (leader.isDamaged()) {
            return same.stream()
                    .filter(member -> !member.name().equals(leader.name()) && !member.isDamaged())
                    .findFirst()
                    .<HealingStep>map(next -> new HealingStep.HandOver(next.name()))
                    .orElse(REST);
        }
        return leader.doubt() == null ? REST : new HealingStep.Settle();
    }

    private static HealingStep ofFollower(HealingFacts facts, OneMember self, OneMember leader) {
        if (leader.isInConflict()) {
            Doubt its = leader.doubt();
            return new HealingStep.Stop(its == null ? "" : its.why());
        }
        List<OneMember> differing = compared(facts, leader, Comparison.DIFFERENT);
        if (differing.size() >= facts.majority()) {
            return knowsItselfWrong(leader, differing)
                    ? REST
                    : new HealingStep.Stop(conflict(leader, differing, "hold other zones than"));
        }
        if (compared(facts, leader, Comparison.SAME).size() < facts.majority() || leader.doubt() != null) {
            return REST;
        }
        if (self.isDamaged() || self.with(leader) == Comparison.DIFFERENT) {
            return new HealingStep.Heal(leader.name());
        }
        return self.doubt() == null ? REST : new HealingStep.Settle();
    }

    private static List<OneMember> compared(HealingFacts facts, OneMember leader, Comparison as) {
        return facts.members().stream()
                .filter(member -> (member.name().equals(leader.name()) ? Comparison.SAME : member.with(leader)) == as)
                .toList();
    }

    private static boolean knowsItselfWrong(OneMember leader, List<OneMember> differing) {
        OneMember first = differing.getFirst();
        return differing.stream().allMatch(member -> member.with(first) == Comparison.SAME)
                && (leader.doubt() != null || differing.stream().allMatch(member -> member.faults() < leader.faults()));
    }

    private static boolean allAgree(HealingFacts facts, OneMember leader) {
        return facts.foreign().isEmpty()
                && facts.members().stream().noneMatch(OneMember::isDamaged)
                && compared(facts, leader, Comparison.SAME).size()
                        == facts.members().size();
    }

    private static String conflict(OneMember leader, List<OneMember> differing, String how) {
        return "changes have stopped: "
                + differing.stream().map(OneMember::name).collect(Collectors.joining(", "))
                + " " + how + " the leader, " + leader.name()
                + ", and nobody but you can tell which are right. Compare the zones on both sides, then stop each node that is"
                + " wrong, delete its data folder and start it: it joins anew and copies the others'";
    }
}
