package io.evenkeel.bench;

import java.nio.file.Path;

/**
 * The part of the configurations of NSD and Knot DNS that does not depend on the purpose: one process or thread that answers,
 * on loopback, no limits on rates, and the files that the server writes in a folder of its own.
 */
public final class PeerConfig {
    private PeerConfig() {}

    /**
     * NSD's, without zones.
     *
     * @param zones what the paths of zone files start from
     * @param more lines for the section {@code server}, each with its end
     */
    public static String nsd(int port, Path zones, Path own, String more) {
        return """
                server:
                  server-count: 1
                  ip-address: 127.0.0.1@%d
                  username: ""
                  zonesdir: "%s"
                  database: ""
                  pidfile: "%s/nsd.pid"
                  xfrdfile: "%s/xfrd.state"
                  zonelistfile: "%s/zone.list"
                  xfrdir: "%s"
                  minimal-responses: yes
                  rrl-ratelimit: 0
                %sremote-control:
                  control-enable: no
                """.formatted(port, zones, own, own, own, own, more.indent(2));
    }

    /** Knot's, without templates and zones; parameters as for {@link #nsd}. */
    public static String knot(int port, Path own, String more) {
        return """
                server:
                  rundir: %s
                  listen: 127.0.0.1@%d
                  udp-workers: 1
                  tcp-workers: 1
                  background-workers: 1
                %sdatabase:
                  storage: %s
                """.formatted(own, port, more.indent(2), own);
    }
}
