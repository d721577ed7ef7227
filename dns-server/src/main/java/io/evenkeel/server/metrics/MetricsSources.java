package io.evenkeel.server.metrics;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.admin.AdminCounters;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The owners of all values for Prometheus.
 *
 * @param replica null while there is none
 * @param capacity null while that is not known
 * @param keys null: there is none
 * @param suppressedLines log lines that were left out
 * @param lastConfiguration whether the node runs on the one with which it last opened, since its file cannot be used
 * @param version of this program
 */
public record MetricsSources(
        AnswerLoops loops,
        DnsListeners listeners,
        Gate gate,
        DataAge age,
        StateRoot root,
        Supplier<@Nullable Replica> replica,
        Supplier<Readiness.Verdict> readiness,
        Supplier<@Nullable Capacity> capacity,
        @Nullable ClusterKeys keys,
        ControlCounters control,
        AdminCounters admin,
        Daemons daemons,
        LongSupplier suppressedLines,
        BooleanSupplier lastConfiguration,
        String version) {}
