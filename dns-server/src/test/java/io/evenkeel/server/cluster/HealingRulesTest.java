package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Evidence;
import io.evenkeel.server.cluster.HealingFacts.OneMember;
import io.evenkeel.zones.Hash256;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each row: the leader, and n1, n2 and so on: a letter for what it holds (lower case: by another past), {@code -} if it does not answer, {@code .} if it has no
 * note that the others have; a digit for the faults in its state; then {@code ?} diverged ({@code ?9}: at a later entry), {@code !}
 * damaged, {@code #} in conflict. After that what each of them does, in the same order: {@code .} rests, {@code +} is right after all, {@code X} stops
 * changes, {@code <n} heals from n, {@code >n} hands over to n.
 */
final class HealingRulesTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "all hold the same                                | n1 | A A A       | . . .",
                "none has a note yet                              | n1 | . . .       | . . .",
                "no leader is known                               |    | A A B?      | . . .",
                "the leader does not answer                       | n1 | - A B?      | . . .",
                "one of three differs                             | n1 | A A B?      | . . <n1",
                "it differs before it has noticed                 | n1 | A A B       | . . <n1",
                "one of three differs and another one is away     | n1 | A - B?      | . . .",
                "one has no note that the leader has              | n1 | A A .       | . . .",
                "two of five differ, each in its own way          | n1 | A A A B? C? | . . . <n1 <n1",
                "two of five differ and one is away               | n1 | A A - B? C? | . . . . .",
                "a fault that all share                           | n1 | A1 A1 A1    | . . .",
                "a fault on one follower                          | n1 | A A B1?     | . . <n1",
                "a fault on two followers                         | n1 | A B1? B1?   | X X X",
                "a fault on the leader and one follower           | n1 | B1 B1 A?    | . . <n1",
                "a fault on the leader alone: it hands over       | n1 | B1 A? A?    | >n2 . .",
                "it has: they are right after all                 | n2 | B1? A? A?   | . + .",
                "and it heals when the new leader is at ease      | n2 | B1? A A?    | <n2 . +",
                "a fault on the leader, while the others differ   | n1 | B1 A? C?    | X X X",
                "a fault on the leader and another on one         | n1 | B1 A1? A1?  | X X X",
                "most differ from the leader                      | n1 | A B? B?     | X X X",
                "all differ                                       | n1 | A B? C?     | X X X",
                "three of five differ                             | n1 | A A B? B? B? | X X X X X",
                "one has another past: it must not heal           | n1 | A A b?      | X X X",
                "even where it came to the same                   | n1 | A A a       | X X X",
                "most have another past                           | n1 | A b? b?     | X X X",
                "one of two differs                               | n1 | A B?        | . <n1",
                "it differs before either has noticed             | n1 | A B         | . <n1",
                "the other one leads meanwhile: it hands over     | n2 | A B?        | . >n1",
                "as long as it takes for both to differ once      | n2 | A?9 B?      | . >n1",
                "the first of two to differ heals from the second | n1 | A?9 B?      | + .",
                "a fault on the leader of two: it hands over      | n1 | B1 A?       | >n2 .",
                "it has: the other one is right after all         | n2 | B1? A?9     | . +",
                "and it heals when the new leader is at ease      | n2 | B1? A       | <n2 .",
                "a fault on the follower of two                   | n1 | A? B1?      | + .",
                "the follower of two finds damage                 | n1 | A A!        | . <n1",
                "the leader of two finds damage                   | n1 | A! A        | >n2 .",
                "it finds damage and differs                      | n1 | B! A?       | >n2 .",
                "one of two has another past                      | n1 | A b?        | X X",
                "half of four differ                              | n1 | A A B? B?   | . . <n1 <n1",
                "half of four differ and one is away              | n1 | A - B? B?   | . . . .",
                "a fault on the leader and another one of four    | n1 | B1 B1 A? A? | >n3 . . .",
                "three of four differ                             | n1 | A B? B? B?  | X X X X",
                "a follower finds damage                          | n1 | A A A!      | . . <n1",
                "a leader finds damage                            | n1 | A! A A      | >n2 . .",
                "it hands over to one that is sound               | n1 | A! A! A     | >n3 . .",
                "it finds damage and most differ from it          | n1 | B! A? A?    | >n2 . .",
                "all find damage                                  | n1 | A! A! A!    | . . .",
                "nobody heals from a leader in doubt              | n1 | A? A B?     | + . .",
                "one that has not healed is elected               | n3 | A? A? B?    | . . >n1",
                "in conflict nothing is decided                   | n1 | A# B# B#    | . . .",
                "not by another leader either                     | n2 | A# B# B#    | . . .",
                "a leader in conflict stops those that follow     | n1 | A# A B?     | . X X",
                "while one is away the conflict goes on           | n1 | A# A# -     | . . X",
                "all agree: the conflict is over                  | n1 | A# A# A#    | + + +",
                "one that joined anew agrees                      | n2 | A A# A#     | . + +",
                "a note of long ago, while another one is away    | n1 | A A# -      | . + .",
                "the same of the leader                           | n1 | A# A -      | + . .",
                "the same while the other has no note yet         | n1 | A# A .      | + . .",
                "but one that differs speaks for it               | n1 | A# A B      | . X X",
                "and so does one with another past                | n2 | a A# A      | X . X",
                "two of five have noted it, and one is away       | n1 | A# A# A A - | + + . . .",
                "three of five have, and one is away              | n1 | A# A# A# A - | . . . X X",
                "of two, one has noted it and the other is away   | n1 | A# -        | . X",
            })
    void eachMemberDoesItsPart(String what, String leader, String members, String steps) {
        List<OneMember> all = new ArrayList<>();
        for (String one : members.trim().split(" +", -1)) {
            all.add(member("n" + (all.size() + 1), one));
        }
        List<String> done = new ArrayList<>();
        for (OneMember one : all) {
            done.add(text(HealingRules.next(new HealingFacts(one.name(), leader, all, ""))));
        }
        assertThat(String.join(" ", done)).as(what).isEqualTo(steps.trim());
    }

    private static OneMember member(String name, String said) {
        char holds = said.charAt(0);
        String rest = said.replaceAll("^.[0-9]?", "");
        String faults = said.substring(1, said.length() - rest.length());
        List<Evidence.Mark> marks = holds == '.' ? List.of() : List.of(mark(10, 'A'), mark(20, holds));
        return new OneMember(
                name,
                holds == '-' ? null : new Evidence(marks, faults.isEmpty() ? 0 : Long.parseLong(faults), 1, 25, 25),
                rest.isEmpty()
                        ? null
                        : new Doubt(
                                switch (rest) {
                                    case "?", "?9" -> Doubt.Kind.DIVERGED;
                                    case "!" -> Doubt.Kind.DAMAGED;
                                    default -> Doubt.Kind.CONFLICT;
                                },
                                rest.endsWith("9") ? 19 : 15,
                                "so it is"));
    }

    /** Lower case: as upper case, by another past. */
    private static Evidence.Mark mark(long index, char holds) {
        return new Evidence.Mark(
                index,
                new Hash256(Character.isLowerCase(holds) ? 2 : 1, 0, 0, 0),
                new Hash256(Character.toUpperCase(holds), 0, 0, 0));
    }

    private static String text(HealingStep step) {
        return switch (step) {
            case HealingStep.Rest _ -> ".";
            case HealingStep.Settle _ -> "+";
            case HealingStep.Stop _ -> "X";
            case HealingStep.Heal heal -> "<" + heal.from();
            case HealingStep.HandOver over -> ">" + over.to();
        };
    }

    private static List<String> steps(OneMember... members) {
        return Arrays.stream(members)
                .map(one -> text(HealingRules.next(new HealingFacts(one.name(), "n1", List.of(members), ""))))
                .toList();
    }

    private static OneMember holding(String name, @Nullable Doubt doubt, Evidence.Mark... marks) {
        return new OneMember(name, new Evidence(List.of(marks), name.equals("n1") ? 1 : 0, 1, 25, 25), doubt);
    }

    @Test
    void whoHasNotComeSoFarHasSaidNothingYet() {
        OneMember leader = holding("n1", null, mark(10, 'A'), mark(20, 'B'));
        OneMember differs = holding("n2", null, mark(10, 'A'), mark(20, 'A'));
        assertThat(steps(leader, differs, holding("n3", null, mark(10, 'A'))))
                .as("whether the leader is wrong depends on n3")
                .containsExactly(".", ".", ".");
        assertThat(steps(leader, differs, holding("n3", null, mark(10, 'A'), mark(20, 'B'))))
                .containsExactly(".", "<n1", ".");
        assertThat(steps(leader, differs, holding("n3", null, mark(10, 'A'), mark(20, 'A'))))
                .containsExactly(">n2", ".", ".");
    }

    @Test
    void noDoubtEndsByWhatWasSaidBeforeIt() {
        OneMember[] others = {holding("n1", null, mark(10, 'A'), mark(20, 'A')), holding("n2", null, mark(20, 'A'))};
        for (Doubt.Kind kind : List.of(Doubt.Kind.DIVERGED, Doubt.Kind.CONFLICT)) {
            Doubt doubt = new Doubt(kind, 20, "so it is");
            assertThat(steps(others[0], others[1], holding("n3", doubt, mark(10, 'A'))))
                    .as("%s", kind)
                    .containsExactly(".", ".", ".");
            assertThat(steps(others[0], others[1], holding("n3", doubt, mark(10, 'A'), mark(20, 'A'))))
                    .as("%s", kind)
                    .containsExactly(".", ".", "+");
        }
    }

    @Test
    void theNewestNoteThatTwoHaveInCommonCounts() {
        Evidence ahead = new Evidence(List.of(mark(10, 'A'), mark(20, 'A'), mark(30, 'C')), 0, 1, 35, 35);
        Evidence behind = new Evidence(List.of(mark(10, 'B'), mark(20, 'A')), 0, 1, 25, 25);
        assertThat(ahead.with(behind)).isEqualTo(Evidence.Comparison.SAME);
        assertThat(behind.with(ahead)).isEqualTo(Evidence.Comparison.SAME);
    }

    @Test
    void aLeaderThatLacksWhatAFollowerHasCommittedStopsChanges() {
        OneMember n1 = member("n1", "A");
        HealingStep step = HealingRules.next(
                new HealingFacts("n1", "n1", List.of(n1, member("n2", "A"), member("n3", ".")), "n3 has more"));
        assertThat(step).isEqualTo(new HealingStep.Stop("n3 has more"));
        HealingFacts still = new HealingFacts(
                "n1", "n1", List.of(member("n1", "A#"), member("n2", "A#"), member("n3", "A#")), "n3 has more");
        assertThat(HealingRules.next(still)).isEqualTo(new HealingStep.Rest());
    }

    @Test
    void theReasonOfAConflictNamesBothSidesAndTheRemedy() {
        HealingFacts facts =
                new HealingFacts("n1", "n1", List.of(member("n1", "A"), member("n2", "B?"), member("n3", "B?")), "");
        assertThat(((HealingStep.Stop) HealingRules.next(facts)).why())
                .contains("n2, n3")
                .contains("the leader, n1")
                .contains("delete its data folder");
    }
}
