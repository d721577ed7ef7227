package io.evenkeel.server.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the other members have said about their gates.
 *
 * @param open names of those that answer questions
 * @param others a line for each of the rest, unreachable ones included
 */
public record PeerGates(List<String> open, List<String> others) {
    private static final String OPEN = "is open";

    public PeerGates {
        open = List.copyOf(open);
        others = List.copyOf(others);
    }

    /** All at once: connecting to one that is gone takes its time. */
    public static PeerGates ask(PeerClient peers) throws InterruptedException {
        Map<String, String> said = new ConcurrentHashMap<>();
        List<Thread> asking = new ArrayList<>();
        for (String name : peers.names()) {
            asking.add(Thread.ofVirtual().name("gate-" + name).start(() -> said.put(name, askOne(peers, name))));
        }
        for (Thread thread : asking) {
            thread.join();
        }
        List<String> open = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (String name : peers.names()) {
            String answer = said.getOrDefault(name, "does not answer");
            if (answer.equals(OPEN)) {
                open.add(name);
            } else {
                others.add(name + " " + answer);
            }
        }
        return new PeerGates(open, others);
    }

    private static String askOne(PeerClient peers, String name) {
        try {
            return switch (peers.call(name, new AskGate(), PeerLimits.HELLO_ANSWER)) {
                case Outcome.Done<Boolean>(Boolean open) -> open ? OPEN : "is not open";
                case Outcome.NotDone<Boolean> _ -> "cannot be reached";
                case Outcome.Unknown<Boolean> _ -> "does not answer";
                case Outcome.Refused<Boolean> _, Outcome.NotLeader<Boolean> _ -> "does not say whether it is open";
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "was not asked";
        }
    }
}
