package io.evenkeel.server.peer;

import java.util.ArrayList;
import java.util.List;

/**
 * What the other members have said about their gates.
 *
 * @param open names of those that answer questions
 * @param others a line for each of the rest, unreachable ones included
 */
public record PeerGates(List<String> open, List<String> others) {
    public PeerGates {
        open = List.copyOf(open);
        others = List.copyOf(others);
    }

    /** Asks all others that are known. */
    public static PeerGates ask(PeerClient peers) throws InterruptedException {
        List<String> open = new ArrayList<>();
        List<String> others = new ArrayList<>();
        peers.callAll(peers.names(), new AskGate(), PeerLimits.HELLO_ANSWER).forEach((name, outcome) -> {
            String trouble = trouble(outcome);
            if (trouble.isEmpty()) {
                open.add(name);
            } else {
                others.add(name + " " + trouble);
            }
        });
        return new PeerGates(open, others);
    }

    /** Empty if it is open. */
    private static String trouble(Outcome<Boolean> outcome) {
        return switch (outcome) {
            case Outcome.Done<Boolean>(Boolean open) ->
                open ? "" : "is not open, or its zones may be wrong, or a thread of it hangs";
            case Outcome.NotDone<Boolean> _ -> "cannot be reached";
            case Outcome.Unknown<Boolean> _ -> "does not answer";
            case Outcome.Refused<Boolean> _, Outcome.NotLeader<Boolean> _ -> "does not say whether it is open";
        };
    }
}
