package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.trust.ClusterKeys;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** Every Ratis key that we set, with the reason where it is not plain. What is not here has a default that suits. */
final class RatisSettings {
    private RatisSettings() {}

    static RaftProperties properties(ReplicaConfig config) {
        RaftProperties p = new RaftProperties();
        storage(p, config);
        times(p, config.tuning());
        log(p, config.tuning());
        snapshots(p);
        requests(p);
        transport(p, config);
        return p;
    }

    static Parameters parameters(ReplicaConfig config) {
        Parameters parameters = new Parameters();
        ClusterKeys keys = config.keys();
        if (keys != null) {
            // For connections to others; those that come in are the port's own.
            GrpcConfigKeys.TLS.setConf(parameters, tls(keys));
            GrpcConfigKeys.Server.setServicesCustomizer(parameters, new RaftPort(keys));
        }
        return parameters;
    }

    /** Of a connection to a member. */
    static GrpcTlsConfig tls(ClusterKeys keys) {
        return GrpcTlsConfig.newBuilder()
                .setMutualTls(true)
                .setKeyManager(keys.keyManager())
                .setTrustManager(keys.trustManager())
                .setSslProvider(SslProvider.JDK)
                .setProtocols(RaftPort.PROTOCOL)
                .build();
    }

    private static void storage(RaftProperties p, ReplicaConfig config) {
        File directory = config.raftDirectory().toFile();
        RaftServerConfigKeys.setStorageDir(p, List.of(directory));
        RaftServerConfigKeys.setStorageFreeSpaceMin(
                p, SizeInBytes.valueOf(config.tuning().minimumFreeBytes()));
        RaftServerConfigKeys.setRemovedGroupsDir(
                p, config.directory().resolve("raft-removed").toFile());
    }

    private static void times(RaftProperties p, ReplicaTuning tuning) {
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, time(tuning.electionMin()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, time(tuning.electionMax()));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, time(tuning.firstElectionMin()));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, time(tuning.firstElectionMax()));
        RaftServerConfigKeys.Rpc.setRequestTimeout(p, seconds(3));
        RaftServerConfigKeys.Rpc.setSlownessTimeout(p, seconds(30));
        RaftServerConfigKeys.Notification.setNoLeaderTimeout(p, seconds(10));
        RaftServerConfigKeys.LeaderElection.setPreVote(p, true);
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, time(tuning.stepDown()));
        RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(p, false);
        // A suspended machine would otherwise come back with a server that has closed itself.
        RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(3650, TimeUnit.DAYS));
        RaftServerConfigKeys.setSleepDeviationThreshold(p, seconds(1));
        RaftServerConfigKeys.setStagingCatchupGap(p, 100);
        RaftServerConfigKeys.setStagingTimeout(p, seconds(30));
    }

    private static void log(RaftProperties p, ReplicaTuning tuning) {
        // The only reason why a node that starts alone knows what was committed.
        RaftServerConfigKeys.Log.setLogMetadataEnabled(p, true);
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf(tuning.segmentBytes()));
        RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, SizeInBytes.valueOf("4MB"));
        RaftServerConfigKeys.Log.Appender.setBufferElementLimit(p, 1024);
        // At least the byte limit above and 8.
        RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf("5MB"));
        RaftServerConfigKeys.Log.setQueueByteLimit(p, SizeInBytes.valueOf("32MB"));
        RaftServerConfigKeys.Log.setQueueElementLimit(p, 4096);
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, 2);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, SizeInBytes.valueOf("32MB"));
        RaftServerConfigKeys.Log.setForceSyncNum(p, 128);
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(p, false);
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(p, false);
        RaftServerConfigKeys.Log.setCorruptionPolicy(p, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
        // Else a member that is gone for good keeps everybody's log from being purged.
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
        RaftServerConfigKeys.Log.setPurgePreservationLogNum(p, tuning.preservedEntries());
        RaftServerConfigKeys.Log.setPurgeGap(p, (int) Math.min(1024, tuning.snapshotEntries()));
        RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(p, true);
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(p, SizeInBytes.valueOf("4MB"));
    }

    private static void snapshots(RaftProperties p) {
        // The thread that applies would write them; see SnapshotScheduler.
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, false);
        RaftServerConfigKeys.Snapshot.setCreationGap(p, 1);
    }

    private static void requests(RaftProperties p) {
        RaftServerConfigKeys.Read.setOption(p, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        RaftServerConfigKeys.Read.setLeaderLeaseEnabled(p, false);
        RaftServerConfigKeys.Read.setTimeout(p, seconds(3));
        RaftServerConfigKeys.Write.setElementLimit(p, RaftLimits.MAX_WAITING_PROPOSALS);
        RaftServerConfigKeys.Write.setByteLimit(p, SizeInBytes.valueOf(RaftLimits.MAX_WAITING_BYTES));
        // One slow member must not stop writes.
        RaftServerConfigKeys.Write.setFollowerGapRatioMax(p, -1);
        // Nobody asks again under the same call id, the state remembers requests itself; every entry of the log stays
        // in
        // this cache, on every member, for so long.
        RaftServerConfigKeys.RetryCache.setExpiryTime(p, seconds(10));
        RaftClientConfigKeys.Rpc.setRequestTimeout(p, seconds(3));
    }

    private static void transport(RaftProperties p, ReplicaConfig config) {
        RaftConfigKeys.Rpc.setType(p, SupportedRpcType.GRPC);
        // Without a host it binds all interfaces.
        GrpcConfigKeys.Server.setHost(p, config.bind().getAddress().getHostAddress());
        GrpcConfigKeys.Server.setPort(p, config.bind().getPort());
        GrpcConfigKeys.setMessageSizeMax(p, SizeInBytes.valueOf("16MB"));
        GrpcConfigKeys.setFlowControlWindow(p, SizeInBytes.valueOf("1MB"));
        GrpcConfigKeys.Server.setHeartbeatChannel(p, true);
        GrpcConfigKeys.Server.setLeaderOutstandingAppendsMax(p, 8);
    }

    private static TimeDuration time(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static TimeDuration seconds(long seconds) {
        return TimeDuration.valueOf(seconds, TimeUnit.SECONDS);
    }
}
