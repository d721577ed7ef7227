package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.NodeIdentity;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node's knowledge, for {@link NodeRules}.
 *
 * @param identity its identity, by its disk or by a later step; null: its disk is empty
 * @param status of its replica; null: none runs yet
 * @param others how many other nodes it knows of
 * @param answers of the last round, by name, without those that did not answer; null: the rules have used them already, or it asked
 *     none
 * @param sinceAsked since the last round; null: it has asked none under its present identity
 */
record NodeFacts(
        @Nullable NodeIdentity identity,
        @Nullable ReplicaStatus status,
        int others,
        @Nullable Map<String, HelloAnswer> answers,
        @Nullable Duration sinceAsked) {}
