package io.evenkeel.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.evenkeel.server.log.LogRate.Summary;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.MessageFormatter;

/**
 * What Raft's library warns of other members: some lines a second with their causes for as long as one is away. One line a minute for each is left,
 * with the last cause. What it warns of this node itself, as of its disk, passes. Any thread.
 */
final class RaftLines {
    static final long WINDOW_NANOS = 60_000_000_000L;

    /** Members remembered: more than a cluster may have, for names that come and go; the one not heard of for longest is forgotten. */
    static final int MEMBERS = 32;

    private static final String RATIS = "org.apache.ratis";
    /** Its transport: what these say is about others, also where it names none. */
    private static final List<String> TRANSPORT = List.of(RATIS + ".grpc", RATIS + ".thirdparty.io.grpc");

    // n1-2 is the second incarnation of n1: n1-2@group-0123456789AB->n3-1-GrpcLogAppender, or n1-2->n3-1#17.
    private static final String ID = "([A-Za-z0-9][A-Za-z0-9-]*?)-\\d+(?![A-Za-z0-9])";
    private static final Pattern PAIR = Pattern.compile("(?<![A-Za-z0-9-])" + ID + "(?:@group-\\p{XDigit}+)?->" + ID);
    private static final Pattern UNREACHED =
            Pattern.compile("UNAVAILABLE|DEADLINE_EXCEEDED|Follower failed|Connection refused|timed out");

    private static final String CAUSE = "Caused by: ";
    private static final String EXCEPTION = "Exception: ";
    /** Of a text: its entries may be long. */
    private static final int READ_CHARS = 4096;

    private static final int MOST_CHARS = 200;

    private final String self;
    private final Map<String, Window> members = new LinkedHashMap<>(16, 0.75f, true);
    private volatile boolean stopping;

    /** Of one member. */
    private static final class Window {
        private final Logger logger;
        private long begunNanos;
        private int folded;
        private boolean unreached;
        private String last = "";

        Window(Logger logger, long now) {
            this.logger = logger;
            begunNanos = now - WINDOW_NANOS;
        }

        boolean isOver(long now) {
            return now - begunNanos >= WINDOW_NANOS;
        }

        Summary end(String member, long now) {
            String text =
                    unreached ? member + " cannot be reached" : "Raft is disturbed between this node and " + member;
            Summary summary = new Summary(
                    logger,
                    Level.WARN,
                    "%s (last: %s; %d line%s of Ratis folded)".formatted(text, last, folded, folded == 1 ? "" : "s"));
            begunNanos = now;
            folded = 0;
            unreached = false;
            last = "";
            return summary;
        }
    }

    /** @param self name of this node */
    RaftLines(String self) {
        this.self = self;
    }

    /** From now on all others are being left, and nothing of that is told. */
    void stopping() {
        stopping = true;
    }

    /**
     * Whether the line is one of these, and not to be written. Not while somebody has asked for more than warnings of that logger.
     *
     * @param over gets what is to be written instead
     */
    boolean fold(
            Logger logger,
            Level level,
            String format,
            Object @Nullable [] arguments,
            @Nullable Throwable throwable,
            long now,
            List<Summary> over) {
        if (!logger.getName().startsWith(RATIS)
                || !level.isGreaterOrEqual(Level.WARN)
                || !logger.getEffectiveLevel().isGreaterOrEqual(Level.WARN)) {
            return false;
        }
        Throwable fault = throwable == null ? MessageFormatter.getThrowableCandidate(arguments) : throwable;
        String whole = String.valueOf(
                MessageFormatter.arrayFormat(format, arguments, null).getMessage());
        String text = whole.substring(0, Math.min(whole.length(), READ_CHARS));
        String member = member(text);
        if (member == null && TRANSPORT.stream().noneMatch(logger.getName()::startsWith)) {
            return false;
        }
        // An appender that is interrupted has been told to end.
        if (!stopping && !text.contains("interrupted")) {
            count(logger, member == null ? "another member" : member, text, root(fault), now, over);
        }
        return true;
    }

    private void count(
            Logger logger, String member, String text, @Nullable Throwable root, long now, List<Summary> over) {
        String cause = cause(text, root);
        synchronized (members) {
            Window window = members.computeIfAbsent(
                    member, _ -> new Window(logger.getLoggerContext().getLogger(RaftLines.class), now));
            window.folded++;
            window.unreached |= UNREACHED.matcher(text).find();
            if (cause != null || window.last.isEmpty()) {
                window.last = shortened(cause == null ? text.lines().findFirst().orElse("") : cause);
            }
            if (window.isOver(now)) {
                over.add(window.end(member, now));
            }
            if (members.size() > MEMBERS) {
                members.remove(members.keySet().iterator().next());
            }
        }
    }

    /** Tells of each member of which something was left out for a minute; to be called about once a second. */
    void sweep(long now, List<Summary> over) {
        synchronized (members) {
            for (Iterator<Map.Entry<String, Window>> each = members.entrySet().iterator(); each.hasNext(); ) {
                Map.Entry<String, Window> entry = each.next();
                Window window = entry.getValue();
                if (window.isOver(now)) {
                    if (window.folded == 0) {
                        each.remove();
                    } else {
                        over.add(window.end(entry.getKey(), now));
                    }
                }
            }
        }
    }

    /** The other one of the two whom the text names; null if it names no two. */
    private @Nullable String member(String text) {
        Matcher pair = PAIR.matcher(text);
        if (!pair.find()) {
            return null;
        }
        return pair.group(1).equals(self) ? pair.group(2) : pair.group(1);
    }

    private static @Nullable Throwable root(@Nullable Throwable throwable) {
        Throwable root = throwable;
        for (int depth = 0; root != null && root.getCause() != null && depth < 20; depth++) {
            root = root.getCause();
        }
        return root;
    }

    /** In words, without the class; null if the line tells none. Ratis writes most causes into its text. */
    private static @Nullable String cause(String text, @Nullable Throwable root) {
        if (root != null) {
            return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        }
        String line = text.lines()
                .map(String::strip)
                .filter(each -> each.startsWith(CAUSE))
                .reduce((_, later) -> later)
                .orElseGet(() -> text.lines().findFirst().orElse(""));
        int exception = line.lastIndexOf(EXCEPTION);
        return exception < 0 ? null : line.substring(exception + EXCEPTION.length());
    }

    private static String shortened(String text) {
        String line = text.replace('\n', ' ').strip();
        return line.length() <= MOST_CHARS ? line : line.substring(0, MOST_CHARS) + "...";
    }
}
