package io.evenkeel.bench.peers;

import java.util.Map;
import java.util.Objects;

/**
 * One of our nodes; two that run at once need other ports.
 *
 * @param offset of its base port from that of the options
 * @param environment of its launcher, beside that one thread answers
 */
record MeasuredNode(String name, int offset, Map<String, String> environment) {
    /** As anybody starts it. */
    static final MeasuredNode SHIPPED = new MeasuredNode(Workload.OURS, 0, Map.of());

    /** One beside {@link #SHIPPED} whose JVM has these options as well; what the user gives to nodes it gets, too. */
    static MeasuredNode beside(String name, String jvmOptions) {
        String given = Objects.requireNonNullElse(System.getenv("EVENKEEL_NODE_OPTS"), "");
        return new MeasuredNode(name, 20, Map.of("EVENKEEL_NODE_OPTS", given + " " + jvmOptions));
    }

    int basePort(PeersOptions options) {
        return options.basePort() + offset;
    }

    int port(PeersOptions options) {
        return basePort(options) + 1;
    }
}
