package io.evenkeel.server;

import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Ticker;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.capacity.CapacityWatch;
import io.evenkeel.server.log.LogLevels;
import io.evenkeel.server.node.ClusterWatch;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.node.Standstill;
import io.evenkeel.server.node.StormWatch;
import io.evenkeel.server.query.CookieSecrets;
import io.evenkeel.server.query.Probes;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.LoopWatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a node every few seconds: one thread touches memory alone, so that a disk or a system call that hangs on another stops
 * neither cookies nor the knowledge and reports about the node.
 */
final class Housekeeping {
    private static final Duration OBSERVE = Duration.ofSeconds(1);
    private static final Duration RESCAN = Duration.ofSeconds(5);
    private static final Duration POLL_KEY = Duration.ofSeconds(1);
    /** What is lost in a crash proves itself again. */
    private static final Duration KEEP_ADDRESSES = Duration.ofSeconds(5);
    /** What is lost in a crash is some minutes of a week. */
    private static final Duration KEEP_CALM = Duration.ofMinutes(5);
    /** After a change of the key file a node makes cookies with the old key for so long, which all still accept. */
    private static final Duration REFRESH_COOKIES = Duration.ofSeconds(5);

    private static final String COOKIE_PURPOSE = "evenkeel cookie v1";

    private static final String PROBE_PURPOSE = "evenkeel probe v1";

    private Housekeeping() {}

    /**
     * Starts what looks after the answering loops, and finds that the process stood still, on threads of its own: one must be
     * on time.
     *
     * @param confirm asks the cluster after a standstill
     * @param judge asked every second what follows of a loop that hangs; may ask the other members
     */
    static Runnable watch(
            Daemons daemons, LoopWatch watch, Standstill standstill, Daemon.Work confirm, Daemon.Work judge) {
        List<Ticker> tickers = List.of(
                Ticker.start(
                        daemons,
                        "loop-watch",
                        List.of(
                                new Ticker.Task("watch-standstill", Standstill.EVERY, standstill::look),
                                new Ticker.Task("watch-loops", LoopWatch.EVERY, watch::look))),
                Ticker.start(
                        daemons,
                        "standstill",
                        List.of(new Ticker.Task("confirm-standstill", Standstill.EVERY, confirm))),
                Ticker.start(daemons, "loop-judge", List.of(new Ticker.Task("judge-loops", OBSERVE, judge))));
        return () -> tickers.forEach(Ticker::close);
    }

    /**
     * Starts what touches neither disk nor system.
     *
     * @param more of these tasks
     */
    static Ticker observe(
            Daemons daemons,
            DataAge age,
            AnswerLoops loops,
            ClusterWatch cluster,
            CookieSecrets cookies,
            Runnable noteAddresses,
            Runnable followLimits,
            LogLevels logLevels,
            StormWatch storm,
            @Nullable ClusterKeys keys,
            Ticker.Task... more) {
        List<Ticker.Task> tasks = new ArrayList<>(List.of(
                new Ticker.Task("observe-age", OBSERVE, age::observe),
                new Ticker.Task("observe-loops", OBSERVE, loops::observe),
                new Ticker.Task("observe-cluster", OBSERVE, cluster::observe),
                new Ticker.Task("end-log-levels", OBSERVE, logLevels::observe),
                new Ticker.Task("note-addresses", OBSERVE, noteAddresses::run),
                new Ticker.Task("follow-limits", OBSERVE, followLimits::run),
                new Ticker.Task("watch-storm", OBSERVE, storm::observe),
                new Ticker.Task("refresh-cookies", REFRESH_COOKIES, () -> refresh(cookies, keys))));
        tasks.addAll(List.of(more));
        return Ticker.start(daemons, "housekeeping", tasks);
    }

    /**
     * Starts what asks the disk or the system.
     *
     * @param mendAdmin gets the admin API what it lacks
     * @param mendHealth the same of the health port
     * @param keepConfiguration once the node is open
     * @param keepNames writes down the addresses of names
     * @param more of these tasks
     */
    static Ticker maintain(
            Daemons daemons,
            DataAge age,
            DnsListeners listeners,
            Runnable mendAdmin,
            Runnable mendHealth,
            Runnable keepConfiguration,
            Runnable keepNames,
            StormWatch storm,
            @Nullable ClusterKeys keys,
            Ticker.Task... more) {
        List<Ticker.Task> tasks = new ArrayList<>(List.of(
                new Ticker.Task("mend-admin", OBSERVE, mendAdmin::run),
                new Ticker.Task("mend-health", OBSERVE, mendHealth::run),
                new Ticker.Task("note-age", OBSERVE, age::note),
                new Ticker.Task("keep-configuration", OBSERVE, keepConfiguration::run),
                new Ticker.Task("keep-names", KEEP_ADDRESSES, keepNames::run),
                new Ticker.Task("keep-calm-share", KEEP_CALM, storm::keep),
                new Ticker.Task("rescan-addresses", RESCAN, listeners::rescan)));
        if (keys != null) {
            tasks.add(new Ticker.Task("poll-key", POLL_KEY, keys::poll));
            tasks.add(new Ticker.Task("keep-addresses", KEEP_ADDRESSES, keys.known()::keep));
        }
        tasks.addAll(List.of(more));
        return Ticker.start(daemons, "housekeeping-disk", tasks);
    }

    /** Knows the load and the capacity of all members, and in which questions of theirs are theirs. */
    static Ticker.Task[] vitals(CapacityWatch watch, @Nullable Probes probes, @Nullable ClusterKeys keys) {
        Ticker.Task look = new Ticker.Task("observe-load", OBSERVE, watch::look);
        return probes == null
                ? new Ticker.Task[] {look}
                : new Ticker.Task[] {
                    look, new Ticker.Task("refresh-probes", REFRESH_COOKIES, () -> refresh(probes, keys))
                };
    }

    /** Makes the probes of today. */
    static void refresh(Probes probes, @Nullable ClusterKeys keys) {
        if (keys == null || !keys.isHeld()) {
            probes.refresh();
        } else {
            probes.refresh(keys.secrets(PROBE_PURPOSE, Probes.ROOT_BYTES));
        }
    }

    /** Makes the cookies of today, and those that all nodes with these keys make; without keys this node's own. */
    static void refresh(CookieSecrets cookies, @Nullable ClusterKeys keys) {
        if (keys == null || !keys.isHeld()) {
            cookies.refresh();
        } else {
            cookies.refresh(keys.secrets(COOKIE_PURPOSE, CookieSecrets.ROOT_BYTES));
        }
    }
}
