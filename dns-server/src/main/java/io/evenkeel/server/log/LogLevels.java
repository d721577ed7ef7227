package io.evenkeel.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.config.ServerConfig.LogConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Levels of the log that somebody has set for a while, for a package or a class: afterwards what is configured counts again, as it does after a
 * restart. Any thread.
 */
public final class LogLevels {
    /** How long a level holds that is set without a time. */
    public static final Duration USUAL = Duration.ofMinutes(10);

    /** The shortest and the longest time: a level that is forgotten ends within a day. */
    public static final Duration LEAST = Duration.ofSeconds(1);

    /** See {@link #LEAST}. */
    public static final Duration MOST = Duration.ofHours(24);

    /** Levels that hold at one time: more than a person looks at. */
    static final int MOST_SET = 16;

    /** Packages in a message. */
    private static final int MOST_NAMED = 60;

    private static final int MOST_CHARS = 200;

    private static final Journal JOURNAL = new Journal(LoggerFactory.getLogger(LogLevels.class));

    private final LoggerContext context;
    private final Time time;
    private final Map<String, Held> held = new TreeMap<>();

    /** @param before the level that it had of its own; null: that of the package around it */
    private record Held(Level level, @Nullable Level before, long endNanos) {}

    /**
     * A level that holds for a while.
     *
     * @param place a package or a class
     * @param level in the words of the configuration
     * @param left until it ends
     */
    public record View(String place, String level, Duration left) {}

    /** Of this process. */
    public LogLevels() {
        this((LoggerContext) LoggerFactory.getILoggerFactory(), Time.SYSTEM);
    }

    LogLevels(LoggerContext context, Time time) {
        this.context = context;
        this.time = time;
    }

    /**
     * Sets a level, in place of one that holds there already.
     *
     * @param place a package or a class, with all below it
     * @param level {@code error}, {@code warn}, {@code info} or {@code debug}
     * @param length from now; {@link #LEAST} to {@link #MOST}
     * @throws IllegalArgumentException that says what is allowed
     */
    public synchronized void set(String place, String level, Duration length) {
        Level wanted = level(level);
        if (length.compareTo(LEAST) < 0 || length.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("a level holds for " + LEAST.toSeconds() + " to " + MOST.toSeconds()
                    + " seconds, not " + length.toSeconds());
        }
        requireKnown(place);
        Held present = held.get(place);
        if (present == null && held.size() >= MOST_SET) {
            throw new IllegalArgumentException(
                    MOST_SET + " levels are set already; end one of them first: " + String.join(", ", held.keySet()));
        }
        Logger logger = context.getLogger(place);
        Level before = present == null ? logger.getLevel() : present.before();
        held.put(place, new Held(wanted, before, time.nanos() + length.toNanos()));
        logger.setLevel(wanted);
        JOURNAL.warn(
                Kind.LOG,
                "The log of " + place + " is at level " + level + " for " + length.toSeconds()
                        + " s, then as configured",
                "package",
                place,
                "level",
                level,
                "seconds",
                length.toSeconds());
    }

    /** Ends a level before its time; false if none holds there. */
    public synchronized boolean end(String place) {
        Held present = held.remove(place);
        if (present == null) {
            return false;
        }
        configure(place, present);
        return true;
    }

    /** Ends those whose time is over; to be called about every second. */
    public synchronized void observe() {
        long now = time.nanos();
        for (Iterator<Map.Entry<String, Held>> each = held.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<String, Held> entry = each.next();
            if (now - entry.getValue().endNanos() >= 0) {
                each.remove();
                configure(entry.getKey(), entry.getValue());
            }
        }
    }

    /** Those that hold, in order of place. */
    public synchronized List<View> views() {
        long now = time.nanos();
        List<View> views = new ArrayList<>();
        held.forEach((place, each) ->
                views.add(new View(place, word(each.level()), Duration.ofNanos(Math.max(0, each.endNanos() - now)))));
        return views;
    }

    /** The level of all else, in the words of the configuration. */
    public String configured() {
        return word(context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getEffectiveLevel());
    }

    private void configure(String place, Held ended) {
        Logger logger = context.getLogger(place);
        logger.setLevel(ended.before());
        String level = word(logger.getEffectiveLevel());
        JOURNAL.info(
                Kind.LOG,
                "The log of " + place + " is at its configured level again: " + level,
                "package",
                place,
                "level",
                level);
    }

    private static Level level(String word) {
        return Arrays.stream(LogConfig.Level.values())
                .filter(each -> each.toString().equals(word))
                .findFirst()
                .map(each -> Level.toLevel(each.toString()))
                .orElseThrow(() -> new IllegalArgumentException(
                        "\"" + shortened(word) + "\" is not a level; allowed: " + String.join(", ", words())));
    }

    private static List<String> words() {
        return Stream.of(LogConfig.Level.values()).map(Object::toString).toList();
    }

    private static String word(Level level) {
        return LogLosses.Severity.of(level).label();
    }

    /** A logger is there once its class is loaded; one that a caller may name freely would stay in memory for ever. */
    private void requireKnown(String place) {
        TreeSet<String> packages = new TreeSet<>();
        for (Logger each : context.getLoggerList()) {
            String name = each.getName();
            boolean isRoot = name.equals(org.slf4j.Logger.ROOT_LOGGER_NAME);
            if (!isRoot && (name.equals(place) || name.startsWith(place + "."))) {
                return;
            }
            int dot = name.lastIndexOf('.');
            if (name.startsWith("io.evenkeel.") && dot > 0 && Character.isUpperCase(name.charAt(dot + 1))) {
                packages.add(name.substring(0, dot));
            }
        }
        throw new IllegalArgumentException("nothing of " + shortened(place)
                + " logs in this process so far; there are " + String.join(", ", LogSetup.FOREIGN)
                + ", io.evenkeel and of that "
                + String.join(", ", packages.stream().limit(MOST_NAMED).toList()));
    }

    private static String shortened(String text) {
        return text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS) + "...";
    }
}
