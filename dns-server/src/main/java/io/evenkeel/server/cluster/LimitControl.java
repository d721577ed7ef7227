package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.server.cluster.LimitsSetting.Agreed;
import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.zones.state.Settings;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Two things decide which limits are in force on this node: what the cluster has agreed on, and what an operator has said of
 * this node alone, which can only be milder. The second needs no majority and no leader, since limits that hurt are taken away
 * on the worst of days, and it ends with the process. Whoever looks sees the newest state: each look compares the table of
 * settings, which is immutable, with the one seen last.
 */

/** Which limits on clients are in force on this node, and why. Any thread; looks at memory alone. */
public final class LimitControl {
    private static final Logger LOG = LoggerFactory.getLogger(LimitControl.class);
    private static final Journal JOURNAL = new Journal(LOG);

    private final String node;
    private final StateRoot root;
    private final Consumer<LimitSettings> limits;
    private final ReentrantLock lock = new ReentrantLock();

    private volatile View view = new View(new Agreed(null, 0), null, LimitSettings.UPGRADED);
    private volatile @Nullable Settings seen;

    /** The last that could be read, or where none was, those of a cluster that has agreed on nothing. Under the lock. */
    private LimitSettings readable = LimitSettings.UPGRADED;

    /**
     * @param node name of this one
     * @param limits takes what is in force from now on, and must not block
     */
    public LimitControl(String node, StateRoot root, Consumer<LimitSettings> limits) {
        this.node = node;
        this.root = root;
        this.limits = limits;
        limits.accept(view.inForce);
    }

    /**
     * As of one moment.
     *
     * @param agreed what the cluster has agreed on
     * @param local the mode of this node alone; null: it follows the cluster
     * @param inForce what this node does
     */
    public record View(Agreed agreed, @Nullable LimitMode local, LimitSettings inForce) {
        /** Whether an earlier release founded the cluster, and nobody has set its limits since. */
        public boolean isUnset() {
            return agreed.revision() == 0;
        }
    }

    /** The limits by the newest state that this node shows; in force when this returns. */
    public View view() {
        if (root.get().state().settings() != seen) {
            look(false, null);
        }
        return view;
    }

    /**
     * Sets the mode of this node alone, until the process ends.
     *
     * @param mode null: it follows the cluster again
     * @throws IllegalArgumentException for a mode that is not milder than any other: only a cluster enforces
     */
    public View local(@Nullable LimitMode mode) {
        if (mode == LimitMode.ENFORCE) {
            throw new IllegalArgumentException("a node alone cannot enforce");
        }
        look(true, mode);
        return view;
    }

    private void look(boolean set, @Nullable LimitMode mode) {
        lock.lock();
        try {
            Published published = root.get();
            Settings settings = published.state().settings();
            View before = view;
            Agreed agreed = LimitsSetting.of(settings);
            if (!agreed.isUnread()) {
                readable = Objects.requireNonNullElse(agreed.limits(), LimitSettings.UPGRADED);
            } else if (agreed.revision() != before.agreed.revision()) {
                LOG.error(
                        "The limits on clients were set by a later release, which this one cannot read. This node goes on"
                                + " with those that it has: bring it to that release");
            }
            LimitMode local = set ? mode : before.local;
            LimitSettings next = bounded(readable, local);
            if (!next.equals(before.inForce)) {
                limits.accept(next);
                JOURNAL.info(
                        Kind.LIMITS,
                        "limits on clients: " + text(next) + (local == null ? "" : "; by the word of this node alone"),
                        "mode",
                        next.questions().label(),
                        "local",
                        local != null);
            }
            view = new View(agreed, local, next);
            seen = settings;
        } finally {
            lock.unlock();
        }
    }

    /** The mode is that of the whole: where it only counts nothing is dropped, where it is off nothing is counted. */
    private static LimitSettings bounded(LimitSettings agreed, @Nullable LimitMode local) {
        LimitMode mode = local == null ? agreed.questions() : milder(local, agreed.questions());
        return new LimitSettings(
                mode,
                agreed.rate(),
                agreed.burst(),
                agreed.allowed(),
                milder(mode, agreed.responses()),
                agreed.responseRate());
    }

    private static LimitMode milder(LimitMode one, LimitMode other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static String text(LimitSettings limits) {
        return limits.questions().label() + ", " + limits.rate() + " questions a second of one client and "
                + limits.burst()
                + " at once, " + limits.allowed().size() + " allowed prefixes; responses "
                + limits.responses().label()
                + ", " + limits.responseRate() + " a second";
    }

    /** Why this node does not do what its cluster has agreed on, a line each with the remedy; none where it does. */
    public List<String> complaints() {
        View present = view();
        if (present.local != null) {
            return List.of("limits on clients are " + present.local.label()
                    + " on this node alone, as its operator has said; `evenkeel limits follow --node " + node
                    + "` ends that");
        }
        if (present.agreed.isUnread()) {
            return List.of("limits on clients were set by a later release, which this one cannot read: it goes on with "
                    + present.inForce.questions().label() + "; bring this node to that release");
        }
        return List.of();
    }

    /** What to know of a cluster that has agreed on nothing, with the remedy; empty where it has. */
    public String note() {
        return view().isUnset() && root.get().index() > 0
                ? "limits on clients drop nothing (dry-run), since an earlier release founded this cluster:"
                        + " `evenkeel limits enforce` has them drop, `evenkeel limits dry-run` says that it is to stay so"
                : "";
    }
}
