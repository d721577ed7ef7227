package io.evenkeel.ops.local;

import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/*
 * One thread looks at the processes again and again, while it waits for them at the start and afterwards. In the foreground it
 * starts again those that end, each after its own pause (Comeback), under the lock of the folder, which `down` and another `up`
 * take too. It leaves alone, for good, a node that ended as it was asked to, that `down` has stopped (no process is noted for
 * it any more), or that another `up` has started. The shutdown hook takes the monitor of this object, as does each start of a
 * process: none begins after the hook has looked.
 */

/**
 * The node processes of one {@code up}, from their start until they are left to themselves or stopped. Used by the thread
 * of the verb; only {@link #stopUnlessReleased} also by the shutdown hook.
 */
final class LocalNodes {
    private static final Duration STEP = Duration.ofMillis(50);
    private static final Duration SAY_EVERY = Duration.ofSeconds(5);

    private final Path folder;
    private final boolean detached;
    private final Output output;
    private final List<Kept> kept = new ArrayList<>();
    private final long begin = System.nanoTime();

    /** Whether there was no cluster before, until there is one: nothing is lost if it does not come to be. */
    private boolean founding;

    /** Whether a node has been ready since the start. */
    private boolean serving;

    /** How the first that ended by itself did; null if none has. */
    private @Nullable CommandFailure firstEnd;

    /** Guarded by this; true as soon as this object has no (more) processes to answer for. */
    private boolean released = true;

    private volatile boolean stopping;

    /** A node, the process that it is at present, and what becomes of it. */
    private static final class Kept {
        private NodeProcess process;
        private final Comeback comeback = new Comeback(System.nanoTime());
        /** Whether the end of its process was seen. */
        private boolean ended;
        /** Whether it is nothing to this {@code up} any more. */
        private boolean leftAlone;
        /** Whether it was started again, and is not known to be open yet. */
        private boolean returning;

        /** Why it was down when that was last said. */
        private String told = "";

        private long askedNanos = System.nanoTime();

        private Kept(NodeProcess process) {
            this.process = process;
        }

        private String name() {
            return process.name();
        }

        private boolean waits() {
            return ended && !leftAlone;
        }
    }

    LocalNodes(Path folder, boolean detached, Output output) {
        this.folder = folder;
        this.detached = detached;
        this.output = output;
    }

    /**
     * Starts every node that does not run, all at once, and notes each before the next.
     *
     * @param isNew whether there was no such cluster before
     */
    synchronized void start(ClusterFile plan, boolean isNew) throws IOException {
        released = false;
        founding = isNew;
        ClusterFile current = plan;
        for (ClusterFile.Node node : plan.nodes()) {
            if (node.runs()) {
                kept.add(new Kept(NodeProcess.running(node, folder)));
                continue;
            }
            NodeProcess process = NodeProcess.start(node, folder, detached);
            kept.add(new Kept(process));
            current = current.with(process.node());
            note(current);
        }
    }

    /** A disk that is full stops nobody: {@code down} finds a process by its command line too. */
    private void note(ClusterFile current) {
        try {
            current.write(folder);
        } catch (IOException e) {
            output.progress("evenkeel: %s cannot be written (%s), so `status` and others may miss a node"
                    .formatted(folder.resolve(ClusterFile.NAME), Output.reason(e)));
        }
    }

    List<ClusterFile.Node> nodes() {
        return kept.stream().map(node -> node.process.node()).toList();
    }

    /** The first node whose readiness is 200. */
    AdminClient awaitFirstReady() throws CommandFailure, InterruptedException {
        Map<String, String> waitingFor = new LinkedHashMap<>();
        long said = begin;
        while (true) {
            for (Kept node : kept) {
                AdminClient client = client(node.process);
                String reason = node.process.isAlive() ? notReady(client) : "has ended";
                if (reason.isEmpty()) {
                    serving = true;
                    return client;
                }
                waitingFor.put(node.name(), reason);
            }
            said = step(said, waitingFor);
        }
    }

    /**
     * Returns when every node that has not ended meanwhile is ready and answers the zone's SOA over UDP; says so of each when it
     * does.
     *
     * @return how many do
     */
    int awaitAnswers(Name zone) throws CommandFailure, IOException, InterruptedException {
        List<Kept> waiting = new ArrayList<>(kept);
        int answering = 0;
        long said = System.nanoTime();
        while (!waiting.isEmpty()) {
            Map<String, String> waitingFor = new LinkedHashMap<>();
            for (Kept node : List.copyOf(waiting)) {
                NodeProcess process = node.process;
                String reason = notReady(client(process));
                Optional<Long> serial = reason.isEmpty()
                        ? DnsQuestion.serial(process.node().dnsPort(), zone, ClientLimits.PROBE)
                        : Optional.empty();
                if (serial.isPresent()) {
                    waiting.remove(node);
                    answering++;
                    node.returning = false;
                    output.say("%s answers %s (serial %d)  dns %s  admin http://%s  pid %d"
                            .formatted(
                                    process.name(),
                                    zone,
                                    serial.get(),
                                    process.node().dns(),
                                    process.node().admin(),
                                    process.node().pid()));
                } else {
                    waitingFor.put(process.name(), reason.isEmpty() ? "does not answer " + zone + " yet" : reason);
                }
            }
            if (!waiting.isEmpty()) {
                said = step(said, waitingFor);
                waiting.removeIf(node -> node.ended || node.comeback.ends() > 0);
            }
        }
        return answering;
    }

    /** Whether the nodes are to go on although something failed: they answer, or hold zones and run by themselves. */
    boolean mayGoOn() {
        return !stopping && !founding && (serving || detached);
    }

    /** How a node has ended that was to run; null if none has. */
    @Nullable
    CommandFailure firstEnd() {
        return firstEnd;
    }

    /** A pause; fails if the nodes cannot open any more, or time is up; says now and then what is waited for. */
    private long step(long said, Map<String, String> waitingFor) throws CommandFailure, InterruptedException {
        if (stopping) {
            throw CommandFailure.failed(
                    "interrupted"); // by the shutdown hook: that nodes end now is no failure of theirs
        }
        look();
        CommandFailure failure = firstEnd;
        boolean hopeless =
                founding || (detached && !serving) || kept.stream().noneMatch(node -> node.process.isAlive());
        if (failure != null && hopeless && !stopping) {
            throw failure;
        }
        List<String> states = new ArrayList<>();
        waitingFor.forEach((name, reason) -> states.add(name + ": " + reason));
        long now = System.nanoTime();
        if (now - begin > LocalLimits.OPEN.toNanos()) {
            throw new CommandFailure(
                    CommandFailure.FAILED,
                    "not all nodes are open after %d s; their logs are in %s/n*/node.log"
                            .formatted(LocalLimits.OPEN.toSeconds(), folder),
                    states);
        }
        Thread.sleep(STEP);
        if (now - said < SAY_EVERY.toNanos()) {
            return said;
        }
        output.progress("waiting, %d s: %s".formatted((now - begin) / 1_000_000_000, String.join("; ", states)));
        return now;
    }

    /** Why the node is not ready, empty if it is. */
    private static String notReady(AdminClient client) throws InterruptedException {
        try {
            AdminClient.Answer answer = client.readiness();
            if (answer.status() == 200) {
                return "";
            }
            return answer.reasons();
        } catch (IOException notYet) {
            return "starting";
        }
    }

    /** The node that leads, as the first that is asked sees it. */
    Optional<ClusterFile.Node> leader(AdminClient asked) throws CommandFailure, IOException, InterruptedException {
        String leader =
                asked.get(AdminClient.EVENKEEL + "/status").path("leader").asText();
        return nodes().stream().filter(node -> node.name().equals(leader)).findFirst();
    }

    private AdminClient client(NodeProcess process) {
        ClusterFile.Node node = process.node();
        return new AdminClient(node.name(), node.adminUri(), folder.resolve(node.apiKeyFile()), Optional.of(node));
    }

    /** Starts again nodes that end, until each was asked to end, or has become another {@code up}'s. */
    void watch() throws InterruptedException {
        founding = false; // it came to be
        while (!stopping && kept.stream().anyMatch(node -> !node.leftAlone)) {
            look();
            Thread.sleep(LocalLimits.LOOK);
        }
        release();
        boolean others = kept.stream().anyMatch(node -> node.process.isAlive());
        output.say(others ? "the nodes that run are of another `up`, and go on" : "all nodes have ended");
    }

    /** Reports nodes that have ended; in the foreground starts again those whose time has come. */
    private void look() throws InterruptedException {
        for (Kept node : kept) {
            if (stopping) {
                return;
            }
            if (!node.ended) {
                if (!node.process.isAlive()) {
                    ended(node);
                } else if (node.returning) {
                    sayWhenOpen(node);
                }
            } else if (!detached && node.waits() && node.comeback.isDue(System.nanoTime())) {
                startAgain(node);
            }
        }
    }

    private void ended(Kept node) {
        NodeProcess process = node.process;
        node.ended = true;
        node.returning = false;
        if (firstEnd == null) {
            int code = process.exitCode().orElse(CommandFailure.FAILED);
            boolean known = code >= CommandFailure.ADDRESS_IN_USE && code <= CommandFailure.DISK;
            firstEnd = new CommandFailure(known ? code : CommandFailure.FAILED, process.epitaph());
        }
        if (stopping || detached || founding) {
            return;
        }
        if (process.endedAsAsked()) {
            node.leftAlone = true;
            output.say("%s; %s".formatted(process.epitaph(), others()));
            return;
        }
        node.comeback.ended(System.nanoTime());
        tell(node, process.epitaph(), process.end());
    }

    /** Says that it is down and for how long, unless the same cause has been told often enough. */
    private void tell(Kept node, String why, String cause) {
        if (!node.comeback.isWorthALine() && cause.equals(node.told)) {
            return;
        }
        node.told = cause;
        int ends = node.comeback.ends();
        output.say("%s; %s; it is started again in %d s%s"
                .formatted(
                        why,
                        others(),
                        node.comeback.pause().toSeconds(),
                        ends == 1
                                ? ""
                                : ", having ended %d times in a row; its log is %s"
                                        .formatted(
                                                ends,
                                                folder.resolve(
                                                        node.process.node().log()))));
    }

    private String others() {
        long left = kept.stream().filter(node -> node.process.isAlive()).count();
        return "%d of %d nodes go on".formatted(left, kept.size());
    }

    private void startAgain(Kept node) {
        try (ClusterFolder held = ClusterFolder.tryOpen(folder)) {
            if (held == null) {
                return; // the next look sees what became of it
            }
            ClusterFile current = ClusterFile.read(folder)
                    .orElseThrow(() -> CommandFailure.failed(folder.resolve(ClusterFile.NAME) + " is gone"));
            ClusterFile.Node noted = current.nodes().stream()
                    .filter(one -> one.name().equals(node.name()))
                    .findFirst()
                    .orElseThrow(() -> CommandFailure.failed(folder.resolve(ClusterFile.NAME) + " no longer names it"));
            if (noted.pid() == 0 || noted.runs()) {
                node.leftAlone = true;
                output.say(
                        noted.pid() == 0
                                ? node.name() + " was stopped by `down`, and is not started again"
                                : "%s runs as pid %d, which another `up` has started"
                                        .formatted(node.name(), noted.pid()));
                return;
            }
            restart(node, current, noted);
        } catch (CommandFailure | IOException e) {
            String why = e instanceof IOException failed ? Output.reason(failed) : String.valueOf(e.getMessage());
            node.comeback.ended(System.nanoTime());
            tell(node, node.name() + " cannot be started: " + why, why);
        }
    }

    private synchronized void restart(Kept node, ClusterFile current, ClusterFile.Node noted) throws IOException {
        if (released) {
            return;
        }
        node.process = NodeProcess.start(noted, folder, false);
        node.ended = false;
        node.returning = true;
        node.comeback.started(System.nanoTime());
        note(current.with(node.process.node()));
    }

    private void sayWhenOpen(Kept node) throws InterruptedException {
        long now = System.nanoTime();
        if (now - node.askedNanos < LocalLimits.ASK_OPEN.toNanos()) {
            return;
        }
        node.askedNanos = now;
        if (notReady(client(node.process)).isEmpty()) {
            node.returning = false;
            output.say("%s is open, pid %d"
                    .formatted(node.name(), node.process.node().pid()));
        }
    }

    /** From now on the processes live by themselves. */
    synchronized void release() {
        released = true;
    }

    /** Ends what was started, and what a later {@code up --detach} added to it; does nothing after {@link #release}. */
    synchronized void stopUnlessReleased() {
        if (released) {
            return;
        }
        released = true;
        stopping = true;
        output.progress("stopping the nodes ...");
        try {
            List<ClusterFile.Node> own = new ArrayList<>();
            for (Kept node : kept) {
                if (node.process.child().isPresent()) {
                    own.add(node.process.node());
                }
            }
            ClusterFile mine = new ClusterFile(ClusterFile.FORMAT, "evenkeel", own);
            ClusterFile current = detached ? mine : ClusterFile.read(folder).orElse(mine);
            for (ClusterFile.Node node : own) {
                if (node.runs()) {
                    current = current.with(node); // whether or not it could be noted
                }
            }
            int stopped = Stopper.stop(current, folder, false, output::progress);
            output.progress("stopped %d %s".formatted(stopped, stopped == 1 ? "node" : "nodes"));
        } catch (CommandFailure e) {
            output.progress("evenkeel: " + e.getMessage());
        }
    }
}
