package io.evenkeel.bench.consistency;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts the questions that nodes leave without an answer although they are there and open: a node is open from its first answer
 * after a start until it is killed or stopped, whatever else happens to it. Any thread.
 */
final class Availability {
    private final Map<String, State> states = new HashMap<>();
    private long asked;
    private long unanswered;
    private long longestNanos;

    /** Of one node, until it is killed, stopped or started. */
    private static final class State {
        boolean isThere = true;
        boolean isOpen;
        /** When the first of several questions in a row that got no answer was asked. */
        long silentSince = -1;
    }

    /** A question that is under way. */
    record Question(Object state, boolean open, long start) {}

    /** The node is about to be killed or stopped. */
    synchronized void away(String node) {
        states.put(node, new State());
        state(node).isThere = false;
    }

    /** The node has been started, or goes on. */
    synchronized void back(String node) {
        states.put(node, new State());
    }

    synchronized boolean isThere(String node) {
        return state(node).isThere;
    }

    private State state(String node) {
        return states.computeIfAbsent(node, _ -> new State());
    }

    /** To be called before a question is asked. */
    synchronized Question asking(String node) {
        State state = state(node);
        return new Question(state, state.isOpen, System.nanoTime());
    }

    /** What became of it. */
    synchronized void asked(String node, Question question, boolean answered) {
        State state = state(node);
        if (state != question.state() || !state.isThere) {
            return; // it was killed, stopped or started meanwhile
        }
        state.isOpen |= answered;
        if (!question.open()) {
            return;
        }
        asked++;
        if (state.silentSince < 0 && !answered) {
            state.silentSince = question.start();
        }
        if (state.silentSince >= 0) {
            longestNanos = Math.max(longestNanos, System.nanoTime() - state.silentSince);
        }
        if (answered) {
            state.silentSince = -1;
        } else {
            unanswered++;
        }
    }

    /** How long a node was silent at most that was there and open. */
    synchronized Duration longestSilence() {
        return Duration.ofNanos(longestNanos);
    }

    /** For people. */
    @Override
    public synchronized String toString() {
        return "%d questions to nodes that were there and open, %d without an answer; the longest silence took %d ms"
                .formatted(asked, unanswered, longestNanos / 1_000_000);
    }
}
