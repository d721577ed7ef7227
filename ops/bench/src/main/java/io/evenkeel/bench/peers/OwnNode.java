package io.evenkeel.bench.peers;

import java.util.Map;

/**
 * One of our nodes; two that run at once need other ports.
 *
 * @param offset of its base port from that of the options
 * @param environment of its launcher, beside that one thread answers
 */
record OwnNode(String name, int offset, Map<String, String> environment) {
    /** As anybody starts it. */
    static final OwnNode SHIPPED = new OwnNode(Workload.OURS, 0, Map.of());

    int basePort(Options options) {
        return options.basePort() + offset;
    }

    int port(Options options) {
        return basePort(options) + 1;
    }
}
