package io.evenkeel.server.metrics;

import io.evenkeel.server.limits.LimitAction;
import io.evenkeel.server.limits.LimitCounters;
import io.evenkeel.server.limits.LimitLevel;
import io.evenkeel.server.limits.Limits;
import io.evenkeel.server.limits.LoopLimits;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.Supplier;

/** What the limits on clients did. No address is a label. */
final class LimitMetrics {
    private LimitMetrics() {}

    static void register(Metrics metrics, Limits limits) {
        Supplier<LimitCounters> sum = limits::counters;
        for (LimitAction action : LimitAction.values()) {
            Tags tags = Tags.of("action", action.label());
            for (LimitLevel level : LimitLevel.values()) {
                metrics.count(
                        "evenkeel.dns.limited",
                        "Messages above the rate of their client or of a network around it, by the first of these, and what"
                                + " became of them",
                        tags.and("level", level.label()),
                        () -> sum.get().questions(level, action));
            }
            metrics.count(
                    "evenkeel.dns.responses.limited",
                    "Large answers above the rate of their client, and what became of them",
                    tags,
                    () -> sum.get().responses(action));
        }
        for (LimitAction action : List.of(LimitAction.WOULD_DROP, LimitAction.DROPPED)) {
            metrics.count(
                    "evenkeel.dns.failures.paced",
                    "Questions asked again too soon whose answer is a failure, and what became of them",
                    Tags.of("action", action.label()),
                    () -> sum.get().failures(action));
        }
        metrics.counter(
                "dns_limit_counted",
                "Messages that were held against the rate of their client",
                () -> sum.get().counted());
        metrics.counter(
                "dns_limit_allowed",
                "Counted messages of clients with a rate of their own",
                () -> sum.get().allowed());
        metrics.gauge(
                "evenkeel.dns.top.client.share",
                "Share of the client that sent more than half of the counted messages of the last minute; 0 if none did, or there were"
                        + " few",
                limits::topShare);
        List<LoopLimits> loops = limits.loops();
        for (int i = 0; i < loops.size(); i++) {
            LoopLimits loop = loops.get(i);
            Tags tags = Tags.of("loop", Integer.toString(i));
            metrics.gauge(
                    "evenkeel.dns.loop.load",
                    "How much of what it can do the thread does: its CPU time, of what it gets of a processor; 1 at its end",
                    tags,
                    loop::load);
            metrics.gauge(
                    "evenkeel.dns.loop.limits.act",
                    "1 while the thread is so busy that it drops questions above a limit",
                    tags,
                    () -> Metrics.is(loop.acts()));
        }
    }
}
