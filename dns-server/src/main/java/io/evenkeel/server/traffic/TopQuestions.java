package io.evenkeel.server.traffic;

import io.evenkeel.consensus.process.ClientPrivacy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * What is most frequent in the samples of all loops. Immutable.
 *
 * @param spanSeconds the time that it is about: the loops have sampled all of it
 * @param questions about how many there were
 * @param samples of how many of them that is known
 * @param leastOneOf one of so many was sampled, or of as many as
 * @param mostOneOf so many; 0 without samples
 * @param names that were asked for, in lower case and in the form of master files; {@link #UNREADABLE} for what has none
 * @param types that were asked for
 * @param clients by address or by network; empty if none may be told
 * @param outcomes RCODEs, {@link #NO_ANSWER} and {@link #ELSEWHERE}
 */
public record TopQuestions(
        double spanSeconds,
        long questions,
        int samples,
        int leastOneOf,
        int mostOneOf,
        List<Row> names,
        List<Row> types,
        List<Row> clients,
        List<Row> outcomes) {
    /** In place of a name and a type: no question that can be read. */
    public static final String UNREADABLE = "(unreadable)";
    /** In place of an RCODE: dropped without an answer. */
    public static final String NO_ANSWER = "(none)";
    /** In place of an RCODE: answered away from the loop. */
    public static final String ELSEWHERE = "(later)";

    private static final String NOBODY = "(unknown)";

    /**
     * One of the most frequent.
     *
     * @param key for people
     * @param questions about how many
     * @param error by how much that may be too many since counters were few; the chance of the sample comes on top
     */
    public record Row(String key, long questions, long error) {}

    /**
     * Looks at the samples.
     *
     * @param now by {@link System#nanoTime}
     * @param seconds that are looked at, as far as all rings go back
     * @param rows of each table
     */
    static TopQuestions of(List<QuestionRing> rings, long now, int seconds, int rows, ClientPrivacy privacy) {
        List<QuestionRing.Sample> samples = new ArrayList<>();
        long age = seconds * 1_000_000_000L;
        for (QuestionRing ring : rings) {
            boolean wrapped = ring.hasWrapped();
            int before = samples.size();
            ring.forEach(samples::add);
            if (wrapped && samples.size() > before) {
                // What another loop has from before that would stand for all.
                age = Math.min(age, now - samples.get(before).nanos());
            }
        }
        SpaceSaving<String> names = new SpaceSaving<>(TrafficLimits.COUNTERS);
        SpaceSaving<String> types = new SpaceSaving<>(TrafficLimits.COUNTERS);
        SpaceSaving<String> clients = new SpaceSaving<>(TrafficLimits.COUNTERS);
        SpaceSaving<String> outcomes = new SpaceSaving<>(TrafficLimits.COUNTERS);
        long questions = 0;
        int count = 0;
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (QuestionRing.Sample sample : samples) {
            if (now - sample.nanos() > age) {
                continue;
            }
            int weight = sample.weight();
            questions += weight;
            count++;
            least = Math.min(least, weight);
            most = Math.max(most, weight);
            names.add(name(sample.name()), weight);
            types.add(sample.type() < 0 ? UNREADABLE : Type.string(sample.type()), weight);
            outcomes.add(outcome(sample.outcome()), weight);
            if (privacy != ClientPrivacy.NONE) {
                clients.add(client(sample.address(), privacy), weight);
            }
        }
        return new TopQuestions(
                age / 1e9,
                questions,
                count,
                count == 0 ? 0 : least,
                most,
                rows(names, rows),
                rows(types, rows),
                rows(clients, rows),
                rows(outcomes, rows));
    }

    /** By how much a share of these may be off by the chance of the sample, 0 to 1, in 19 of 20 cases; 0 if all were sampled. */
    public double plusMinus() {
        return mostOneOf <= 1 ? 0 : Math.min(1, 1 / Math.sqrt(samples));
    }

    private static List<Row> rows(SpaceSaving<String> counted, int rows) {
        return counted.first(rows).stream()
                .map(one -> new Row(one.key(), one.count(), one.error()))
                .toList();
    }

    /** Octets that are no printable ASCII are escaped. */
    private static String name(byte[] wire) {
        if (wire.length == 0) {
            return UNREADABLE;
        }
        try {
            return new Name(wire).toString().toLowerCase(Locale.ROOT);
        } catch (IOException e) {
            throw new IllegalStateException("the loop has looked at it", e);
        }
    }

    private static String outcome(int outcome) {
        return switch (outcome) {
            case LoopTraffic.SILENCE -> NO_ANSWER;
            case LoopTraffic.LATER -> ELSEWHERE;
            default -> Rcode.string(outcome);
        };
    }

    private static String client(byte[] address, ClientPrivacy privacy) {
        if (address.length == 0) {
            return NOBODY;
        }
        try {
            return privacy.show(InetAddress.getByAddress(address));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 octets", e);
        }
    }
}
