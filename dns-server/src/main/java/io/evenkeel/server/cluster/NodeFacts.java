package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.NodeIdentity;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows when it asks {@link NodeRules} what to do.
 *
 * @param identity who it is, by its disk or by what it has become; null: its disk is empty
 * @param status of its replica; null: none runs yet
 * @param others how many other nodes it knows of
 * @param answers of the last round, by name, without those that did not answer; null: they were heeded already, or nobody
 *     was asked
 * @param sinceAsked since the last round; null: it has asked nobody as what it is now
 */
record NodeFacts(
        @Nullable NodeIdentity identity,
        @Nullable ReplicaStatus status,
        int others,
        @Nullable Map<String, HelloAnswer> answers,
        @Nullable Duration sinceAsked) {}
