package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.trust.ClusterKeys;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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

/**
 * Every Ratis key that we set, with the reason where it is not plain. What is not here has a default that suits; but every time
 * is set, or stands in {@link #WITHOUT_EFFECT}.
 */
final class RatisSettings {
    /**
     * How long the leader's appender waits after its n-th error in a row with a member: pairs of a mean, from which Ratis goes
     * up or down by half, and of how many errors that is for. A member that comes back is found after one such wait, and is
     * sent what it lacks after another. An attempt costs two connections; a member that stays away is tried at the pace of
     * heartbeats. After the last pair Ratis would not wait at all: the last one must never end.
     */
    static final String RETRIES = "10ms,10, 100ms," + Integer.MAX_VALUE;

    private static final String NO_CLIENT =
            "no client of Ratis runs here: requests go straight to the server of this process";

    private static final String NO_MACHINE_DATA = "the state machine keeps no data of entries beside the log";

    /** The times of Ratis that decide nothing here, by their keys, each with the reason. */
    static final Map<String, String> WITHOUT_EFFECT = Map.ofEntries(
            Map.entry(RaftClientConfigKeys.Rpc.REQUEST_TIMEOUT_KEY, NO_CLIENT),
            Map.entry(RaftClientConfigKeys.Rpc.WATCH_REQUEST_TIMEOUT_KEY, NO_CLIENT),
            Map.entry(RaftClientConfigKeys.DataStream.REQUEST_TIMEOUT_KEY, NO_CLIENT),
            Map.entry(
                    RaftServerConfigKeys.Watch.TIMEOUT_KEY, "nobody watches an index: StateRoot tells what is applied"),
            Map.entry(RaftServerConfigKeys.Watch.TIMEOUT_DENOMINATION_KEY, "a rounding of the time-out of watches"),
            Map.entry(RaftServerConfigKeys.Log.StateMachineData.SYNC_TIMEOUT_KEY, NO_MACHINE_DATA),
            Map.entry(RaftServerConfigKeys.Log.StateMachineData.READ_TIMEOUT_KEY, NO_MACHINE_DATA),
            Map.entry(
                    RaftServerConfigKeys.Read.ReadAfterWriteConsistent.WRITE_INDEX_CACHE_EXPIRY_TIME_KEY,
                    "reads are linearizable, none asks for its client's own writes only"),
            Map.entry(
                    RaftServerConfigKeys.Read.ReadIndex.REPLIED_INDEX_BATCH_INTERVAL_KEY,
                    "reads wait for the commit index, not for replied ones"),
            Map.entry(RaftServerConfigKeys.Rpc.SLEEP_TIME_KEY, "of an appender that gRPC's replaces"),
            Map.entry(RaftServerConfigKeys.RetryCache.STATISTICS_EXPIRY_TIME_KEY, "of statistics that nobody reads"),
            Map.entry(
                    RaftServerConfigKeys.Notification.NO_LEADER_TIMEOUT_KEY,
                    "the state machine does not listen to that: it comes again and again, and begins anew with each round"));

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

    /** @param loops get to know the threads behind the Raft port, if that is ours: with keys */
    static Parameters parameters(ReplicaConfig config, RaftLoops loops) {
        Parameters parameters = new Parameters();
        ClusterKeys keys = config.keys();
        if (keys != null) {
            // For connections to others; those that come in are the port's own.
            GrpcConfigKeys.TLS.setConf(parameters, tls(keys));
            GrpcConfigKeys.Server.setServicesCustomizer(
                    parameters, new RaftPort(keys, config.self().peerId(), loops));
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

    /*
     * A member that was away is up to date again in a second. Two waits stand against that: the appender's after errors, during
     * which it hears nothing (the first reply of a member that lacks entries is one more error to it); and the back-off of gRPC
     * before it connects again, from 1 s to 2 minutes, which has no key, but which the appender cuts short after each error.
     */
    private static void times(RaftProperties p, ReplicaTuning tuning) {
        elections(p, tuning);
        // For the most that an appender sends at once, on a long line that loses packets. What is late is an error, is
        // not sent again, and no longer holds up what follows. A connection that breaks ends the wait.
        RaftServerConfigKeys.Rpc.setRequestTimeout(p, seconds(30));
        RaftServerConfigKeys.Log.Appender.setRetryPolicy(p, RETRIES);
        // A follower that is silent for longer is sent to at the pace of heartbeats. Until then an appender that has no
        // connection and no entries to send looks again at once, and keeps a core busy.
        RaftServerConfigKeys.Rpc.setSlownessTimeout(p, time(tuning.electionMin()));
        // Between two requests to one follower: entries that come meanwhile go together.
        RaftServerConfigKeys.Log.Appender.setWaitTimeMin(p, TimeDuration.ONE_MILLISECOND);
        // Ratis multiplies it with the number of chunks that may be without an answer.
        GrpcConfigKeys.Server.setInstallSnapshotRequestTimeout(
                p, time(RaftLimits.SNAPSHOT_CHUNKS_ANSWERED.dividedBy(RaftLimits.SNAPSHOT_CHUNKS_SENT)));
        // A new member that has not answered for so long is not let in; it may have to load a snapshot first.
        RaftServerConfigKeys.setStagingTimeout(p, seconds(30));
        // For so long a read waits until its index is applied: who asked waits no longer.
        RaftServerConfigKeys.Read.setTimeout(p, time(RaftLimits.READ_ATTEMPT));
        // A thread that slept so much longer than it should has not listened: it stands for no election at once.
        RaftServerConfigKeys.setSleepDeviationThreshold(p, seconds(1));
        // A suspended machine would otherwise come back with a server that has closed itself.
        RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(3650, TimeUnit.DAYS));
        // Nobody asks again under the same call id, the state remembers requests itself; but every member keeps each
        // entry of the log in this cache for so long.
        RaftServerConfigKeys.RetryCache.setExpiryTime(p, seconds(10));
        // A follower that is gone causes the same lines at each attempt; they are counted, and one is written in so
        // long.
        GrpcConfigKeys.Server.setLogMessageBatchDuration(p, seconds(5));
    }

    private static void elections(RaftProperties p, ReplicaTuning tuning) {
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, time(tuning.electionMin()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, time(tuning.electionMax()));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, time(tuning.firstElectionMin()));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, time(tuning.firstElectionMax()));
        // Also how long a leader may have been suspended and lead on, and how long it then leaves elections to the
        // others.
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, time(tuning.stepDown()));
        RaftServerConfigKeys.LeaderElection.setPreVote(p, true);
        RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(p, false);
        RaftServerConfigKeys.setStagingCatchupGap(p, 100);
    }

    private static void log(RaftProperties p, ReplicaTuning tuning) {
        // The only reason why a node that starts alone knows what was committed.
        RaftServerConfigKeys.Log.setLogMetadataEnabled(p, true);
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf(tuning.segmentBytes()));
        RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("1MB"));
        // Twice the largest command. It is also what is sent to a follower at once: half a minute at worst.
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, SizeInBytes.valueOf(2L * RaftLimits.MAX_COMMAND_BYTES));
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
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(
                p, SizeInBytes.valueOf(RaftLimits.SNAPSHOT_CHUNK_BYTES));
    }

    private static void snapshots(RaftProperties p) {
        // The thread that applies would write them; see SnapshotScheduler.
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, false);
        RaftServerConfigKeys.Snapshot.setCreationGap(p, 1);
    }

    private static void requests(RaftProperties p) {
        RaftServerConfigKeys.Read.setOption(p, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        RaftServerConfigKeys.Read.setLeaderLeaseEnabled(p, false);
        RaftServerConfigKeys.Write.setElementLimit(p, RaftLimits.MAX_WAITING_PROPOSALS);
        RaftServerConfigKeys.Write.setByteLimit(p, SizeInBytes.valueOf(RaftLimits.MAX_WAITING_BYTES));
        // One slow member must not stop writes.
        RaftServerConfigKeys.Write.setFollowerGapRatioMax(p, -1);
    }

    private static void transport(RaftProperties p, ReplicaConfig config) {
        RaftConfigKeys.Rpc.setType(p, SupportedRpcType.GRPC);
        // Without a host it binds all interfaces.
        GrpcConfigKeys.Server.setHost(p, config.bind().getAddress().getHostAddress());
        GrpcConfigKeys.Server.setPort(p, config.bind().getPort());
        GrpcConfigKeys.setMessageSizeMax(p, SizeInBytes.valueOf("16MB"));
        GrpcConfigKeys.setFlowControlWindow(p, SizeInBytes.valueOf("1MB"));
        GrpcConfigKeys.Server.setHeartbeatChannel(p, true);
        // An appender that sends more than its connection takes waits for that, and sends no heartbeat meanwhile. So
        // entries wait for answers, and then leave together. Not for each: Ratis notes a commit by an entry of its own,
        // and the next change does not wait for that.
        GrpcConfigKeys.Server.setLeaderOutstandingAppendsMax(p, 2);
        GrpcConfigKeys.Server.setInstallSnapshotRequestElementLimit(p, RaftLimits.SNAPSHOT_CHUNKS_SENT);
    }

    private static TimeDuration time(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static TimeDuration seconds(long seconds) {
        return TimeDuration.valueOf(seconds, TimeUnit.SECONDS);
    }
}
