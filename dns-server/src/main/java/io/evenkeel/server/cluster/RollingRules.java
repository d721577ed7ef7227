package io.evenkeel.server.cluster;

import io.evenkeel.server.cluster.ClusterReport.Entry;
import io.evenkeel.server.cluster.ClusterReport.View;
import io.evenkeel.server.peer.Build;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What speaks against the steps by which a release is rolled in. Pure: a report of all members leads to reasons. */
public final class RollingRules {
    /** {@code State} of a node that answers on its DNS ports. */
    private static final String OPEN = "OPEN";

    private RollingRules() {}

    /**
     * Why the cluster cannot be raised to its next level, each reason with its remedy; empty if it can.
     *
     * @param report of the leader, or of any member for a first look
     */
    public static List<String> obstaclesToRaise(ClusterReport report) {
        int next = report.level() + 1;
        List<String> obstacles = new ArrayList<>();
        if (report.leader() == null) {
            obstacles.add("there is no leader");
        }
        int unable = 0;
        for (Entry entry : report.members()) {
            String name = entry.member().name();
            View view = entry.view();
            if (view == null || !entry.takesPart()) {
                obstacles.add(
                        absence(entry) + ": start it, or take it out with `evenkeel cluster remove " + name + "`");
            } else if (view.build() == null || !view.build().speaks(next)) {
                unable++;
                obstacles.add(name + " runs " + release(view.build()) + ": restart it with a release that speaks level "
                        + next);
            } else if (view.doubt() != null) {
                obstacles.add(doubt(name, view));
            }
        }
        return unable > 0 && unable == report.members().size() ? List.of("no member speaks level " + next) : obstacles;
    }

    /**
     * Why a member should not be stopped for a restart now; empty if it may be.
     *
     * @param name of a member
     */
    public static List<String> obstaclesToStop(ClusterReport report, String name) {
        List<Entry> others = report.members().stream()
                .filter(entry -> !entry.member().name().equals(name))
                .toList();
        List<String> obstacles = new ArrayList<>();
        if (report.leader() == null) {
            obstacles.add("there is no leader");
        }
        long rest = others.stream().filter(RollingRules::isSound).count();
        if (rest < report.needed()) {
            obstacles.add("without " + name + ", " + rest + " of "
                    + report.members().size() + " members take part with zones that they trust, and "
                    + report.needed() + " are needed for changes");
        }
        for (Entry other : others) {
            String trouble = trouble(other, report.commitIndex());
            if (!trouble.isEmpty()) {
                obstacles.add(trouble);
            }
        }
        if (isOpen(report.members(), name) && others.stream().noneMatch(RollingRules::isOpen)) {
            obstacles.add(name + " is the only one that is open");
        } else if (isOpenAndSound(report.members(), name)
                && others.stream().noneMatch(other -> isOpen(other) && isSound(other))) {
            obstacles.add(name + " is the only one that is open and whose zones are right as far as is known");
        }
        return obstacles;
    }

    /** What is wrong with a member on which the others rely meanwhile; empty if nothing is. */
    private static String trouble(Entry entry, long commitIndex) {
        View view = entry.view();
        if (view == null || !entry.takesPart()) {
            return absence(entry);
        }
        String name = entry.member().name();
        if (view.doubt() != null) {
            return doubt(name, view);
        }
        if (!view.ready()) {
            return name + " is not ready: " + reason(view);
        }
        long lag = commitIndex - view.appliedIndex();
        if (lag > ClusterLimits.HAND_OVER_LAG) {
            return name + " is " + lag + " entries behind";
        }
        return entry.sinceHeard() != null && entry.sinceHeard().compareTo(ClusterLimits.REACHED) >= 0
                ? "the leader has not heard " + name + " for "
                        + entry.sinceHeard().toSeconds() + " s"
                : "";
    }

    private static String doubt(String name, View view) {
        return "the zones of " + name + " may be wrong: " + view.doubt();
    }

    private static String absence(Entry entry) {
        String name = entry.member().name();
        View view = entry.view();
        if (view == null) {
            return name + " does not answer";
        }
        return view.incarnation() == entry.member().incarnation()
                ? name + " takes no part in the cluster: " + reason(view)
                : name + " runs as " + name + "-" + view.incarnation() + ", and the member is "
                        + entry.member().peerId();
    }

    private static String reason(View view) {
        return view.reasons().isEmpty() ? view.state() : view.reasons().getFirst();
    }

    private static boolean isOpen(List<Entry> members, String name) {
        return members.stream().anyMatch(entry -> entry.member().name().equals(name) && isOpen(entry));
    }

    private static boolean isOpenAndSound(List<Entry> members, String name) {
        return members.stream()
                .anyMatch(entry -> entry.member().name().equals(name) && isOpen(entry) && isSound(entry));
    }

    /** Whether it takes part, and nothing speaks against its zones: one in doubt acknowledges nothing. */
    private static boolean isSound(Entry entry) {
        View view = entry.view();
        return view != null && entry.takesPart() && view.doubt() == null;
    }

    private static boolean isOpen(Entry entry) {
        return entry.view() != null && entry.view().state().equals(OPEN);
    }

    /** A build for people. */
    static String release(@Nullable Build build) {
        return build == null
                ? "a release that tells no levels"
                : "release " + build.software() + ", which speaks " + build.levels();
    }
}
