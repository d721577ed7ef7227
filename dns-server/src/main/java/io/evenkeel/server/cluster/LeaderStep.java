package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;

/** The next step of a leader for a node that asks to join, or for an operator's request, by {@link LeaderRules}. */
sealed interface LeaderStep {
    /** Answer; nothing is left to be done. */
    record Reply(Outcome<Nothing> answer) implements LeaderStep {}

    /** Ask that member whether it runs. */
    record AskWhetherItRuns(Member member) implements LeaderStep {}

    /** Commit that permit. */
    record Write(Permit permit) implements LeaderStep {}

    /** Take that one out of the group, and wait until this is committed. */
    record TakeOut(Member member) implements LeaderStep {}

    /** Take that one into the group, and wait until it has caught up and this is committed. */
    record LetIn(Member member) implements LeaderStep {}

    /** Hand leadership over, then answer. */
    record HandOver(Member to, Outcome<Nothing> then) implements LeaderStep {}
}
