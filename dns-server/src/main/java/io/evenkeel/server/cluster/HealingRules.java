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
 *   at most half differ from the leader         these members take over the leader's state
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
 * that differ from it, or if it differed from the leader before it and has not healed since. Where exactly half differ, as one
 * of two, each side has differed from a leader as soon as the other one leads: then only more faults count, damage, or that
 * it was the first to differ.
 *
 * Members apply an entry one after the other. Who has said the same as the leader of an earlier entry only than that after which
 * another one differs, or after which this one or the leader got into doubt, has said nothing yet: it may be about to differ as well.
 *
 * A conflict is noted by the leader and all that follow it then. It is over when all members agree. Where less than a majority
 * has noted it, it is one that ended while those were away: then it is over also while others are away, if a majority
 * agrees and nothing that members show speaks for it. Otherwise one disk that comes back late could stop the changes of all.
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
            return isOver(facts, leader) && isShownSince(self, leader) ? new HealingStep.Settle() : REST;
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
        List<OneMember> same = same(facts, leader);
        if (knowsItselfWrong(facts, leader, differing)) {
            return new HealingStep.HandOver(differing.getFirst().name());
        }
        if (differing.size() >= facts.majority()) {
            return new HealingStep.Stop(conflict(leader, differing, "hold other zones than"));
        }
        if (same.size() < facts.half()) {
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
            return isOver(facts, leader) ? REST : new HealingStep.Stop(its == null ? "" : its.why());
        }
        List<OneMember> differing = compared(facts, leader, Comparison.DIFFERENT);
        if (knowsItselfWrong(facts, leader, differing)) {
            return REST;
        }
        if (differing.size() >= facts.majority()) {
            return new HealingStep.Stop(conflict(leader, differing, "hold other zones than"));
        }
        if (same(facts, leader).size() < facts.half() || leader.doubt() != null) {
            return REST;
        }
        if (self.isDamaged() || self.with(leader) == Comparison.DIFFERENT) {
            return new HealingStep.Heal(leader.name());
        }
        return self.doubt() == null || !isShownSince(self, leader) ? REST : new HealingStep.Settle();
    }

    /** Whether it has said since it got into doubt that it holds what the leader holds. */
    private static boolean isShownSince(OneMember self, OneMember leader) {
        return self.name().equals(leader.name()) || self.lastCommon(leader) >= self.doubtedAt();
    }

    private static List<OneMember> same(HealingFacts facts, OneMember leader) {
        long since = Math.max(
                leader.doubtedAt(),
                compared(facts, leader, Comparison.DIFFERENT).stream()
                        .mapToLong(member -> member.firstDifference(leader))
                        .max()
                        .orElse(-1));
        return compared(facts, leader, Comparison.SAME).stream()
                .filter(member -> member.name().equals(leader.name()) || member.lastCommon(leader) >= since)
                .toList();
    }

    private static List<OneMember> compared(HealingFacts facts, OneMember leader, Comparison as) {
        return facts.members().stream()
                .filter(member -> (member.name().equals(leader.name()) ? Comparison.SAME : member.with(leader)) == as)
                .toList();
    }

    private static boolean knowsItselfWrong(HealingFacts facts, OneMember leader, List<OneMember> differing) {
        if (2 * differing.size() < facts.members().size()
                || !differing.stream().allMatch(member -> member.with(differing.getFirst()) == Comparison.SAME)) {
            return false;
        }
        return differing.size() >= facts.majority()
                ? leader.doubt() != null || differing.stream().allMatch(member -> member.faults() < leader.faults())
                : differing.stream().allMatch(member -> isWorse(leader, member));
    }

    /** Which of two is wrong where neither has a majority. */
    private static boolean isWorse(OneMember leader, OneMember member) {
        Doubt its = leader.doubt();
        Doubt others = member.doubt();
        if (member.faults() != leader.faults()) {
            return member.faults() < leader.faults();
        }
        if (leader.isDamaged() || member.isDamaged()) {
            return !member.isDamaged();
        }
        return its != null && (others == null || its.index() < others.index());
    }

    private static boolean isOver(HealingFacts facts, OneMember leader) {
        List<OneMember> same = same(facts, leader);
        if (!facts.foreign().isEmpty() || same.stream().anyMatch(OneMember::isDamaged)) {
            return false;
        }
        return same.size() == facts.members().size()
                || (same.size() >= facts.majority()
                        && compared(facts, leader, Comparison.FORKED).isEmpty()
                        && compared(facts, leader, Comparison.DIFFERENT).isEmpty()
                        && facts.members().stream()
                                        .filter(OneMember::isInConflict)
                                        .count()
                                < facts.majority());
    }

    private static String conflict(OneMember leader, List<OneMember> differing, String how) {
        return "changes have stopped: "
                + differing.stream().map(OneMember::name).collect(Collectors.joining(", "))
                + " " + how + " the leader, " + leader.name()
                + ", and nobody but you can tell which are right. Compare the zones on both sides, then stop each node that is"
                + " wrong, delete its data folder and start it: it joins anew and copies the others'";
    }
}
