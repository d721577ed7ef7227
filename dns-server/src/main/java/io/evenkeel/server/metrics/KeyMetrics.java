package io.evenkeel.server.metrics;

import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.Refusals;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The cluster key, and strangers that it keeps out. */
final class KeyMetrics {
    private KeyMetrics() {}

    /** @param keys null: there is none, and each value is 0 */
    static void register(Metrics metrics, @Nullable ClusterKeys keys) {
        for (Refusals.Reason reason : Refusals.Reason.values()) {
            String help = "Connections turned away before or in the TLS handshake";
            Tags tags = Tags.of("reason", Metrics.lower(reason));
            metrics.count(
                    "evenkeel.tls.refused",
                    help,
                    tags.and("port", "raft"),
                    () -> keys == null ? 0 : keys.raftPort().count(reason));
            metrics.count(
                    "evenkeel.tls.refused",
                    help,
                    tags.and("port", "peer"),
                    () -> keys == null ? 0 : keys.peerPort().count(reason));
        }
        for (String name :
                List.of("evenkeel.cluster.key.expiry.timestamp.seconds", "evenkeel.cluster.key.expiry.seconds")) {
            metrics.gauge(
                    name,
                    "When the certificate that this node shows ends, in seconds since 1970; 0 without a key",
                    () -> keys == null ? 0 : keys.shownUntil().getEpochSecond());
        }
        metrics.gauge(
                "evenkeel.cluster.key.certificates",
                "Certificates that are let in",
                () -> keys == null ? 0 : keys.trustedCount());
        metrics.counter(
                "cluster_key_changes",
                "Changes of the key file that were taken over",
                () -> keys == null ? 0 : keys.version());
        metrics.counter(
                "cluster_key_failures",
                "Changes of the key file that were turned down",
                () -> keys == null ? 0 : keys.failures());
    }
}
