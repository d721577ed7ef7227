package io.evenkeel.consensus.process;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Where a class tells changes of the state of the node or its cluster. Each is one line of the log and, on a node that serves, one event of the
 * journal on its disk, whatever the level of the log is. Nobody waits for either. Any thread.
 */
public final class Journal {
    private static final String LINE = "{}";

    private final Logger log;

    /** What has changed. The journal bounds how many events of each kind it takes in a minute. */
    public enum Kind {
        /** The process: its start and its end. */
        NODE,
        /** Whether the node answers. */
        GATE,
        /** Who leads. */
        LEADER,
        /** Whether a majority can be reached. */
        MAJORITY,
        /** Who is a member. */
        MEMBERS,
        /** Whether another member is reached. */
        PEER,
        /** The part that this node takes in Raft. */
        RAFT,
        /** Whether the zones are the newest. */
        STALE,
        /** Whether the zones may be wrong, and what heals them. */
        ZONES,
        /** Whether clients ask again since they get no answers. */
        STORM,
        /** The limits on clients, and whether they act. */
        LIMITS,
        /** What the node runs on. */
        CONFIGURATION,
        /** Marks of the space on its disk. */
        STORAGE,
        /** Whether the node can carry the load. */
        CAPACITY,
        /** How much the log says. */
        LOG;

        /** As the journal has it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One change, as the only argument of its log line.
     *
     * @param text a sentence for people, of one line
     * @param fields the values in it, for programs: texts, numbers, truth values, lists of these
     */
    public record Event(Kind kind, String text, Map<String, Object> fields) {
        /** The event that a log line with these arguments is; null if it is none. */
        public static @Nullable Event among(Object @Nullable [] arguments) {
            return arguments != null && arguments.length == 1 && arguments[0] instanceof Event event ? event : null;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** @param log of the class that tells */
    public Journal(Logger log) {
        this.log = log;
    }

    /**
     * Tells what nobody has to act upon.
     *
     * @param fields names and values in turn
     */
    public void info(Kind kind, String text, Object... fields) {
        log.info(LINE, event(kind, text, fields));
    }

    /** The same of what somebody should know. */
    public void warn(Kind kind, String text, Object... fields) {
        log.warn(LINE, event(kind, text, fields));
    }

    /** The same of what somebody must look at. */
    public void error(Kind kind, String text, Object... fields) {
        log.error(LINE, event(kind, text, fields));
    }

    private static Event event(Kind kind, String text, Object... fields) {
        Map<String, Object> named = new LinkedHashMap<>();
        for (int i = 0; i + 1 < fields.length; i += 2) {
            named.put((String) fields[i], fields[i + 1]);
        }
        return new Event(kind, text, named);
    }
}
