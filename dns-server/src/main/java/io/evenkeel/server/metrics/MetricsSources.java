package io.evenkeel.server.metrics;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.server.admin.AdminCounters;
import io.evenkeel.server.capacity.CapacityWatch;
import io.evenkeel.server.cluster.LimitControl;
import io.evenkeel.server.log.LogLevels;
import io.evenkeel.server.log.LogLosses;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.ClusterWatch;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.node.Descriptors;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.node.StormWatch;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.storage.Storage;
import io.evenkeel.server.traffic.Captures;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.LoopWatch;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The owners of all values for Prometheus.
 *
 * @param replica null while there is none
 * @param capacity null while that is not known
 * @param vitals of this node and of the others
 * @param storage of this node's disk
 * @param captures of its traffic
 * @param keys null: there is none
 * @param losses log lines that were left out
 * @param logLevels levels of the log that hold for a while
 * @param cluster who leads
 * @param lastConfiguration whether the node runs on the one with which it last opened, since its file cannot be used
 * @param drill whether it is in drill mode
 * @param unresolvedNames host names of members that do not resolve
 * @param descriptors that the process may have, and needs
 * @param limits on clients, and why these
 * @param storm whether clients ask again since they get no answers
 * @param configuration what all nodes should have the same
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
        CapacityWatch vitals,
        Storage storage,
        Captures captures,
        @Nullable ClusterKeys keys,
        ControlCounters control,
        AdminCounters admin,
        Daemons daemons,
        LoopWatch watch,
        LogLosses losses,
        LogLevels logLevels,
        ClusterWatch cluster,
        BooleanSupplier lastConfiguration,
        boolean drill,
        IntSupplier unresolvedNames,
        Descriptors descriptors,
        LimitControl limits,
        StormWatch storm,
        String configuration,
        String version) {}
