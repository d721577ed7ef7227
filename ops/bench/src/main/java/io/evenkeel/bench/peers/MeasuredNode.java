package io.evenkeel.bench.peers;

import java.util.Map;

/**
 * One of our nodes; two that run at once need other ports.
 *
 * @param offset of its base port from that of the options
 * @param environment of its launcher, beside that one thread answers
 * @param limits the mode of its limits on clients
 */
record MeasuredNode(String name, int offset, Map<String, String> environment, String limits) {
    /** All load comes from one address: a busy node would hold it to the rate of a client. */
    private static final String OFF = "off";

    /** `up` takes a hundred ports from its base port on. */
    private static final int BESIDE = 100;

    /** As anybody starts it, but for the limits on clients. */
    static final MeasuredNode SHIPPED = new MeasuredNode(Workload.OURS, 0, Map.of());

    MeasuredNode(String name, int offset, Map<String, String> environment) {
        this(name, offset, environment, OFF);
    }

    /** One beside {@link #SHIPPED} with other keys, as the environment names them. */
    static MeasuredNode beside(String name, Map<String, String> environment) {
        return new MeasuredNode(name, BESIDE, environment);
    }

    /** One beside {@link #SHIPPED} that has limits on clients as a new cluster has them. */
    static MeasuredNode limiting(String name) {
        return new MeasuredNode(name, BESIDE, Map.of(), "enforce");
    }

    /** One in the place of {@link #SHIPPED} without what defends it against a storm, as far as that does something for each question. */
    static MeasuredNode undefended(String name) {
        return new MeasuredNode(
                name, 0, Map.of("EVENKEEL_DRILL_MODE", "true", "EVENKEEL_DRILL_WITHOUT", "short-queue"));
    }

    int basePort(PeersOptions options) {
        return options.basePort() + offset;
    }

    int port(PeersOptions options) {
        return basePort(options) + 1;
    }
}
