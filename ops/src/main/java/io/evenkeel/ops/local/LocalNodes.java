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
import java.util.concurrent.CompletableFuture;
import org.xbill.DNS.Name;

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
    private final List<NodeProcess> processes = new ArrayList<>();
    private final long begin = System.nanoTime();

    /** Guarded by this; true as soon as this object has no (more) processes to answer for. */
    private boolean released = true;

    private volatile boolean stopping;

    LocalNodes(Path folder, boolean detached, Output output) {
        this.folder = folder;
        this.detached = detached;
        this.output = output;
    }

    /** Starts every node that does not run, all at once, and notes each before the next. */
    synchronized void start(ClusterFile plan) throws IOException {
        released = false;
        ClusterFile current = plan;
        for (int i = 0; i < plan.nodes().size(); i++) {
            ClusterFile.Node node = plan.nodes().get(i);
            if (node.runs()) {
                processes.add(NodeProcess.running(node, folder));
                continue;
            }
            NodeProcess process = NodeProcess.start(node, folder, detached);
            processes.add(process);
            List<ClusterFile.Node> nodes = new ArrayList<>(current.nodes());
            nodes.set(i, process.node());
            current = new ClusterFile(current.format(), current.cluster(), nodes);
            current.write(folder);
        }
    }

    List<ClusterFile.Node> nodes() {
        return processes.stream().map(NodeProcess::node).toList();
    }

    /** The first node whose readiness is 200. */
    AdminClient awaitFirstReady() throws CommandFailure, IOException, InterruptedException {
        Map<String, String> waitingFor = new LinkedHashMap<>();
        long said = begin;
        while (true) {
            for (NodeProcess process : processes) {
                AdminClient client = client(process);
                String reason = notReady(client);
                if (reason.isEmpty()) {
                    return client;
                }
                waitingFor.put(process.name(), reason);
            }
            said = step(said, waitingFor);
        }
    }

    /** Returns when every node is ready and answers the zone's SOA over UDP; says so of each when it does. */
    void awaitAnswers(Name zone) throws CommandFailure, IOException, InterruptedException {
        List<NodeProcess> waiting = new ArrayList<>(processes);
        long said = System.nanoTime();
        while (!waiting.isEmpty()) {
            Map<String, String> waitingFor = new LinkedHashMap<>();
            for (NodeProcess process : List.copyOf(waiting)) {
                String reason = notReady(client(process));
                Optional<Long> serial = reason.isEmpty()
                        ? DnsQuestion.serial(process.node().dnsPort(), zone, ClientLimits.PROBE)
                        : Optional.empty();
                if (serial.isPresent()) {
                    waiting.remove(process);
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
            }
        }
    }

    /** A pause; fails if a node has ended or time is up; says now and then what is waited for. */
    private long step(long said, Map<String, String> waitingFor) throws CommandFailure, InterruptedException {
        if (stopping) {
            throw CommandFailure.failed(
                    "interrupted"); // by the shutdown hook: that nodes end now is no failure of theirs
        }
        for (NodeProcess process : processes) {
            if (!process.isAlive()) {
                int code = process.exitCode().orElse(CommandFailure.FAILED);
                boolean known = code >= CommandFailure.ADDRESS_IN_USE && code <= CommandFailure.DISK;
                throw new CommandFailure(known ? code : CommandFailure.FAILED, process.epitaph());
            }
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

    /** Reports nodes that end, until all have. Zero if all were asked to. */
    int watch() throws InterruptedException {
        List<CompletableFuture<Void>> ends = processes.stream()
                .flatMap(process ->
                        process.child().stream().map(child -> child.onExit().thenAccept(ended -> reportEnd(process))))
                .toList();
        CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).join();
        release();
        boolean asked = processes.stream()
                .allMatch(process ->
                        process.exitCode().orElse(0) == 0 || process.exitCode().orElse(0) == 128 + 15);
        output.say("all nodes have ended");
        return asked ? 0 : CommandFailure.FAILED;
    }

    private void reportEnd(NodeProcess process) {
        if (stopping) {
            return;
        }
        long left = processes.stream().filter(NodeProcess::isAlive).count();
        output.say("%s; %d of %d nodes go on".formatted(process.epitaph(), left, processes.size()));
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
            for (NodeProcess process : processes) {
                if (process.child().isPresent()) {
                    own.add(process.node());
                }
            }
            ClusterFile mine = new ClusterFile(ClusterFile.FORMAT, "evenkeel", own);
            ClusterFile current = detached ? mine : ClusterFile.read(folder).orElse(mine);
            int stopped = Stopper.stop(current, folder, false, output::progress);
            output.progress("stopped %d %s".formatted(stopped, stopped == 1 ? "node" : "nodes"));
        } catch (CommandFailure e) {
            output.progress("evenkeel: " + e.getMessage());
        }
    }
}
