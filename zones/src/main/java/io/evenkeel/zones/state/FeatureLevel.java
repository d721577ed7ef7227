package io.evenkeel.zones.state;

import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.state.Settings.Setting;
import org.jspecify.annotations.Nullable;

/*
 * The ladder. A cluster stands on one rung, and its members may be of any releases that speak it: so nodes are restarted with
 * a new release one by one, while the cluster stays where it is, and only then an operator raises it.
 *
 * A rung is added before TRIAL, whose number moves up by one, with a comment that says what it brings and what it needs.
 * Whatever an older release could not read or would apply in another way is used only once the cluster is on its rung. A rung
 * is taken away with the code that it guards, when no release speaks it any more.
 *
 * The level is a setting of the replicated state. Applying a raise asks nothing of this program, so that all nodes come to
 * the same; reading it does: octets of a level that is not spoken here are those of a later release, in the log as well as in
 * a snapshot.
 */

/** What the members of a cluster may do with each other, step by step. */
public enum FeatureLevel {
    /**
     * All that there was when levels began: formats of commands and snapshots, frames of version 3, records about members with
     * a role. It needs nothing. A state that names no level is here.
     */
    FIRST(1),

    /**
     * The history of changes: a command tells when and for whom it was proposed, and the state, its digest and snapshots hold what the last
     * ones have changed. It needs that all members read such commands.
     */
    HISTORY(2),

    /** Brings nothing, and is there for tests of raising: only a process with assertions that is told so speaks it. */
    TRIAL(3);

    /** Kind of the setting. */
    public static final String KIND = "level";

    /** The one name of that kind. */
    public static final String NAME = "cluster";

    /** No level of any cluster. */
    private static final int NONE = 0;

    private static final String TRIAL_PROPERTY = "evenkeel.test.trial-level";

    private final int number;

    FeatureLevel(int number) {
        this.number = number;
    }

    /** As it is written, sent and shown; from 1. */
    public int number() {
        return number;
    }

    /** The lowest that this program speaks. */
    public static int lowest() {
        return FIRST.number;
    }

    /** The highest that this program speaks. */
    public static int highest() {
        return isTrial() ? TRIAL.number : HISTORY.number;
    }

    /** The one that a new cluster begins with. */
    public static int ofNewClusters() {
        return HISTORY.number;
    }

    /** Without assertions, as nodes run, nobody asks. */
    private static boolean isTrial() {
        boolean[] asked = {false};
        assert ask(asked);
        return asked[0];
    }

    private static boolean ask(boolean[] asked) {
        asked[0] = Boolean.getBoolean(TRIAL_PROPERTY);
        return true;
    }

    /** The level of the cluster whose settings these are. */
    public static int of(Settings settings) {
        Setting setting = settings.find(KIND, NAME);
        return setting == null ? FIRST.number : read(setting.value());
    }

    /** Whether the cluster whose settings these are stands on this rung, or above. */
    public boolean isReached(Settings settings) {
        return of(settings) >= number;
    }

    /**
     * The command that raises a cluster by one rung.
     *
     * @param settings that it is decided on
     */
    public static ZoneCommand.PutSetting raise(Settings settings) {
        Setting present = settings.find(KIND, NAME);
        byte[] next = {(byte) (of(settings) + 1)};
        return new ZoneCommand.PutSetting(KIND, NAME, next, present == null ? 0 : present.revision());
    }

    /** Why a cluster of one level is not raised to another; null if it may be. */
    public static @Nullable String refusal(int level, int to) {
        return to == level + 1
                ? null
                : "the cluster is at level " + level + " and can only be raised to level " + (level + 1);
    }

    /** Why the command is turned down, whatever this program speaks; null if it is not, or is about something else. */
    static @Nullable String refusal(Settings settings, ZoneCommand.PutSetting put) {
        if (!put.kind().equals(KIND)) {
            return null;
        }
        byte[] value = put.value();
        return refusal(
                of(settings), put.name().equals(NAME) && value != null && value.length == 1 ? read(value) : NONE);
    }

    /**
     * Sees to it that this program speaks the level, if the setting is one.
     *
     * @throws UnsupportedCommandException if it does not
     */
    static void requireSpoken(String kind, byte @Nullable [] value) throws UnsupportedCommandException {
        if (kind.equals(KIND) && value != null && value.length == 1 && read(value) > highest()) {
            throw new UnsupportedCommandException("the cluster is at level " + read(value)
                    + ", and this release speaks level " + highest() + " at most: start a release that speaks it");
        }
    }

    private static int read(byte[] value) {
        return Byte.toUnsignedInt(value[0]);
    }
}
