package io.evenkeel.server;

import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Ticker;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.metrics.Metrics;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.query.CookieSecrets;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a node every few seconds, on two threads: one touches memory alone, so that a disk or a system call that hangs
 * on the other stops neither cookies nor the knowledge and reports about the node.
 */
final class Housekeeping {
    private static final Duration OBSERVE = Duration.ofSeconds(1);
    private static final Duration RESCAN = Duration.ofSeconds(5);
    private static final Duration POLL_KEY = Duration.ofSeconds(1);
    /** After a change of the key file a node makes cookies with the old key for so long, which all still accept. */
    private static final Duration REFRESH_COOKIES = Duration.ofSeconds(5);

    private static final String COOKIE_PURPOSE = "evenkeel cookie v1";

    private Housekeeping() {}

    /** Starts what touches neither disk nor system. */
    static Ticker observe(
            Daemons daemons,
            DataAge age,
            AnswerLoops loops,
            Metrics metrics,
            CookieSecrets cookies,
            @Nullable ClusterKeys keys) {
        return Ticker.start(
                daemons,
                "housekeeping",
                List.of(
                        new Ticker.Task("observe-age", OBSERVE, age::observe),
                        new Ticker.Task("observe-loops", OBSERVE, loops::observe),
                        new Ticker.Task("observe-leader", OBSERVE, metrics::observe),
                        new Ticker.Task("refresh-cookies", REFRESH_COOKIES, () -> refresh(cookies, keys))));
    }

    /**
     * Starts what asks the disk or the system.
     *
     * @param keepConfiguration once the node is open
     */
    static Ticker maintain(
            Daemons daemons,
            DataAge age,
            DnsListeners listeners,
            Runnable bindAdmin,
            Runnable keepConfiguration,
            @Nullable ClusterKeys keys) {
        List<Ticker.Task> tasks = new ArrayList<>(List.of(
                new Ticker.Task("bind-admin", OBSERVE, bindAdmin::run),
                new Ticker.Task("note-age", OBSERVE, age::note),
                new Ticker.Task("keep-configuration", OBSERVE, keepConfiguration::run),
                new Ticker.Task("rescan-addresses", RESCAN, listeners::rescan)));
        if (keys != null) {
            tasks.add(new Ticker.Task("poll-key", POLL_KEY, keys::poll));
        }
        return Ticker.start(daemons, "housekeeping-disk", tasks);
    }

    /** Makes the cookies of today, and those that all nodes with these keys make; without keys this node's own. */
    static void refresh(CookieSecrets cookies, @Nullable ClusterKeys keys) {
        if (keys == null) {
            cookies.refresh();
        } else {
            cookies.refresh(keys.secrets(COOKIE_PURPOSE, CookieSecrets.ROOT_BYTES));
        }
    }
}
