package io.evenkeel.server.cluster;

/** What a member does about its own state, by {@link HealingRules}. */
sealed interface HealingStep {
    /** Nothing is wrong here, or nobody can tell yet. */
    record Rest() implements HealingStep {}

    /** This member is wrong: take over the state of that one. */
    record Heal(String from) implements HealingStep {}

    /** This leader is wrong: have that one lead. */
    record HandOver(String to) implements HealingStep {}

    /** No rule may decide who is wrong: changes stop. */
    record Stop(String why) implements HealingStep {}

    /** This member is right after all. */
    record Settle() implements HealingStep {}
}
