package io.evenkeel.server.peer;

import io.evenkeel.consensus.process.Durations;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What the control plane counts; read at scrape time. Any thread. */
public final class ControlCounters {
    private final Map<Counter, LongAdder> values = new EnumMap<>(Counter.class);
    private final Map<Stage, Durations> stages = new EnumMap<>(Stage.class);

    /** All zero. */
    public ControlCounters() {
        for (Stage stage : Stage.values()) {
            stages.put(stage, new Durations());
        }
        for (Counter counter : Counter.values()) {
            values.put(counter, new LongAdder());
        }
    }

    /** One more. */
    public void add(Counter counter) {
        adder(counter).increment();
    }

    private LongAdder adder(Counter counter) {
        return Objects.requireNonNull(values.get(counter), "filled by the constructor");
    }

    /** Since the start of the process. */
    public long get(Counter counter) {
        return adder(counter).sum();
    }

    /** A stage of a change took so long, in ns. */
    public void took(Stage stage, long nanos) {
        stage(stage).add(nanos);
    }

    /** How long that stage has taken each time. */
    public Durations stage(Stage stage) {
        return Objects.requireNonNull(stages.get(stage), "filled by the constructor");
    }

    /** Of the way of a change. */
    public enum Stage {
        /** On the leader: each change waits until the entry before it is through. */
        QUEUE,
        /** On the leader: changes of a zone that may share an entry are judged. */
        EVALUATE,
        /** On the leader: an entry is proposed, a majority has it on disk, and the leader has applied it. */
        COMMIT,
        /** On the node that was asked: it waits until it shows a committed change itself. */
        APPLY,
        /** On a node that was asked and does not lead: the leader was asked, and has answered or kept silent. */
        FORWARD
    }

    /** Closed set, so that a metric exists before its first event. */
    public enum Counter {
        PEER_ACCEPTED("peer_connections_accepted", "Peer connections with the cluster's certificate"),
        PEER_REJECTED(
                "peer_connections_rejected",
                "Peer connections closed before they were let in; tls_refused has the reasons"),
        PEER_RUBBISH("peer_frames_rejected", "Peer connections closed for a frame that is too large or malformed"),
        PEER_NOT_UNDERSTOOD("peer_requests_not_understood", "Requests of peers that this build does not know"),
        PEER_REQUESTS("peer_requests", "Requests answered for peers"),
        PEER_CONNECT_FAILED("peer_connects_failed", "Connections to peers that could not be made"),
        CHANGES_ACCEPTED("changes_accepted", "Changes that were committed, or found to be in place already"),
        CHANGES_REFUSED("changes_refused", "Changes that were judged and turned down"),
        CHANGES_NOT_PROPOSED("changes_not_proposed", "Changes given back without having been proposed"),
        CHANGES_UNKNOWN("changes_unknown", "Changes whose outcome was not known in time"),
        CHANGES_NOT_SHOWN(
                "changes_not_shown", "Changes that were committed and that this node does not show: its zones differ"),
        CHANGES_FORWARDED("changes_forwarded", "Changes sent to the leader by this node"),
        HEALINGS_DONE("healings", "Times that this node took over the state of another member, its own being wrong"),
        HEALINGS_FAILED("healings_failed", "Attempts at that which did not work"),
        COMMANDS_PROPOSED("commands_proposed", "Entries proposed by this node"),
        COMMANDS_STALE("commands_stale", "Entries that met another version of their zone and were evaluated again"),
        TICKS("ticks", "Ticks proposed by this node");

        private final String metric;
        private final String help;

        Counter(String metric, String help) {
            this.metric = metric;
            this.help = help;
        }

        /** Name for a metric, without prefix and without {@code _total}. */
        public String metric() {
            return metric;
        }

        /** One line for people. */
        public String help() {
            return help;
        }
    }
}
