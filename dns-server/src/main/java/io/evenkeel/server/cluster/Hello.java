package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;
import io.evenkeel.zones.codec.CodecException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Asks a node who it is, and if it belongs to a cluster. Nodes of any two versions understand this question and
 * its answer: a version may add fields, and never drops one or gives it another meaning.
 *
 * @param clusterId null: the asking node belongs to none yet
 * @param incarnation of the asking node; 0 if it has none yet
 * @param build that the asking node runs
 * @param memory octets of heap that the asking node has for zones; 0: it does not tell
 */
record Hello(String clusterName, @Nullable UUID clusterId, String node, int incarnation, Build build, long memory)
        implements Request<HelloAnswer> {
    private static final int CLUSTER_NAME = 1;
    private static final int CLUSTER_ID = 2;
    private static final int NODE = 3;
    private static final int INCARNATION = 4;
    private static final int BUILD = 5;
    private static final int MEMORY = 6;

    static final RequestKind<Hello, HelloAnswer> KIND =
            new RequestKind<>(RequestKind.HELLO, "HELLO", Hello::read, HelloAnswer::write, HelloAnswer::read);

    /** @param self as which this node asks; null: it belongs to no cluster yet */
    static Hello of(ControlSettings settings, @Nullable NodeIdentity self) {
        return new Hello(
                settings.clusterName(),
                self == null ? null : self.clusterId(),
                settings.self().name(),
                self == null ? 0 : self.incarnation(),
                Build.of(settings.version()),
                settings.memory());
    }

    @Override
    public RequestKind<Hello, HelloAnswer> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.text(CLUSTER_NAME, clusterName)
                .id(CLUSTER_ID, clusterId)
                .text(NODE, node)
                .number(INCARNATION, incarnation)
                .message(BUILD, build, Build::write);
        if (memory != 0) {
            out.number(MEMORY, memory);
        }
    }

    private static Hello read(FieldReader in) throws CodecException {
        return new Hello(
                in.requiredText(CLUSTER_NAME),
                in.id(CLUSTER_ID),
                in.requiredText(NODE),
                in.intNumber(INCARNATION, 0),
                in.requiredMessage(BUILD, Build::read),
                in.number(MEMORY, 0));
    }
}
