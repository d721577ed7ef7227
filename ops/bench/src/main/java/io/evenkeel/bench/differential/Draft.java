package io.evenkeel.bench.differential;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SplittableRandom;

/** The text of a zone while it grows. Owners are relative to the apex, which is the empty string. */
final class Draft {
    private static final int[] TTLS = {0, 1, 60, 300, 300, 300, 3600, 86_400, 2_147_483_647};
    /** Longer names are nobody's parent, so that what is put below them stays a name. */
    private static final int MAX_PARENT_LENGTH = 110;
    /** Of a name that others lead to, with labels in front of it. */
    private static final int MAX_TARGET_LENGTH = 200;

    final String apex;
    final Kind kind;
    final SplittableRandom random;
    private final StringBuilder text = new StringBuilder();
    private final List<String> parents = new ArrayList<>(List.of("", ""));
    private final List<String> owners = new ArrayList<>();
    private int number;

    Draft(String apex, Kind kind, SplittableRandom random) {
        this.apex = apex;
        this.kind = kind;
        this.random = random;
        text.append("$ORIGIN ").append(apex).append('\n');
    }

    String text() {
        return text.toString();
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    @SafeVarargs
    final <T> T any(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** A name that nothing has yet, below the apex or below something that is there. */
    String fresh(String prefix) {
        return below(prefix, parents.get(random.nextInt(parents.size())));
    }

    String below(String prefix, String parent) {
        number++;
        String label = prefix + (chance(20) ? "" + (char) ('A' + random.nextInt(26)) : "") + number;
        return parent.isEmpty() ? label : label + "." + parent;
    }

    /** From now on things may grow below this name. */
    void offer(String parent) {
        if (parent.length() <= MAX_PARENT_LENGTH) {
            parents.add(parent);
        }
    }

    /** One RRset, with a TTL of its own. */
    void rrset(String owner, String type, String... rdata) {
        int ttl = Math.min(TTLS[random.nextInt(TTLS.length)], kind.longestTtl());
        for (String each : new LinkedHashSet<>(List.of(rdata))) {
            text.append(owner.isEmpty() ? "@" : owner)
                    .append(' ')
                    .append(ttl)
                    .append(" IN ")
                    .append(type)
                    .append(' ')
                    .append(each)
                    .append('\n');
        }
        if (owner.length() <= MAX_TARGET_LENGTH) {
            owners.add(owner);
        }
    }

    /** The name of some RRset that is there, absolute: as a target anything will do. */
    String someOwner() {
        return absolute(owners.get(random.nextInt(owners.size())));
    }

    String absolute(String relative) {
        return relative.isEmpty() ? apex : relative + "." + apex;
    }

    String address() {
        return "192.0.2." + random.nextInt(256);
    }

    String address6() {
        return "2001:db8::" + Integer.toHexString(1 + random.nextInt(0xFFFF));
    }
}
