package io.evenkeel.ops.local;

import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Name;

/**
 * A cluster of processes in a temporary folder, on ports that were free, that serves the sample zone and may be broken. All of it is gone
 * when it is closed, and also when this process ends without that, see {@link Guard}.
 *
 * <p>Any thread.
 */
public final class OwnCluster implements AutoCloseable {
    private final Path folder;
    private final Guard guard;
    /** By name, each as the process that was started last. Guarded by this. */
    private final Map<String, NodeProcess> processes = new LinkedHashMap<>();
    /** Processes whose end was asked for. Guarded by this. */
    private final Set<Long> asked = new HashSet<>();
    /** How those ended that were not asked to. Guarded by this. */
    private final List<String> deaths = new ArrayList<>();
    /** Guarded by this. */
    private boolean closed;

    private OwnCluster(Path folder, Guard guard) {
        this.folder = folder;
        this.guard = guard;
    }

    /** Starts nodes, which are called n1, n2 and so on; none of them is ready yet. */
    public static OwnCluster start(int nodes) throws CommandFailure, IOException, InterruptedException {
        Path folder = Files.createTempDirectory("evenkeel-drill-").toRealPath();
        OwnCluster cluster = new OwnCluster(folder, Guard.of(folder));
        boolean done = false;
        try {
            ClusterFile plan =
                    new ClusterFile(ClusterFile.FORMAT, "evenkeel", new Layout(Layout.freeBasePort(), nodes).plan());
            try (ClusterFolder held = ClusterFolder.open(folder)) {
                held.checkSpace();
                held.prepare(plan);
            }
            for (ClusterFile.Node node : plan.nodes()) {
                cluster.start(node);
            }
            done = true;
            return cluster;
        } finally {
            if (!done) {
                cluster.close();
            }
        }
    }

    private synchronized void start(ClusterFile.Node node) throws CommandFailure, IOException {
        if (closed) {
            throw CommandFailure.failed("the cluster was ended");
        }
        NodeProcess process = NodeProcess.start(node, folder, false);
        processes.put(node.name(), process);
        CompletableFuture<Void> _ = process.child().orElseThrow().onExit().thenRun(() -> ended(process));
    }

    private synchronized void ended(NodeProcess process) {
        if (!closed && !asked.contains(process.node().pid())) {
            deaths.add(process.epitaph());
        }
    }

    /** Imports the sample zone, and returns when all nodes are ready and answer for it. */
    public void awaitAnswers() throws CommandFailure, IOException, InterruptedException {
        Name zone = RecordArguments.zone("callhome.example");
        long end = System.nanoTime() + LocalLimits.OPEN.toNanos();
        boolean imported = false;
        while (true) {
            Map<String, String> waitingFor = new LinkedHashMap<>();
            for (ClusterFile.Node node : nodes()) {
                AdminClient client = client(node);
                String reason = notReady(client);
                if (reason.isEmpty() && !imported) {
                    client.importZone(zone.toString(), UpCommand.SAMPLE, true, false, UpCommand::sampleZone);
                    imported = true;
                }
                if (reason.isEmpty()
                        && DnsQuestion.serial(node.dnsPort(), zone, ClientLimits.PROBE)
                                .isEmpty()) {
                    reason = "does not answer " + zone + " yet";
                }
                if (!reason.isEmpty()) {
                    waitingFor.put(node.name(), reason);
                }
            }
            if (waitingFor.isEmpty()) {
                return;
            }
            pause(end, waitingFor.toString());
        }
    }

    /** Returns when a node that was started again is ready. */
    public void awaitReady(String name) throws CommandFailure, InterruptedException {
        long end = System.nanoTime() + LocalLimits.OPEN.toNanos();
        String reason = notReady(client(node(name)));
        while (!reason.isEmpty()) {
            pause(end, name + ": " + reason);
            reason = notReady(client(node(name)));
        }
    }

    private void pause(long end, String waitingFor) throws CommandFailure, InterruptedException {
        List<String> dead = deaths();
        if (!dead.isEmpty()) {
            throw CommandFailure.failed(String.join("; ", dead));
        }
        synchronized (this) {
            if (closed) {
                throw CommandFailure.failed("the cluster was ended");
            }
        }
        if (System.nanoTime() - end >= 0) {
            throw CommandFailure.failed(
                    "not all nodes are ready after %d s: %s".formatted(LocalLimits.OPEN.toSeconds(), waitingFor));
        }
        Thread.sleep(LocalLimits.LOOK);
    }

    private static String notReady(AdminClient client) throws InterruptedException {
        try {
            AdminClient.Answer answer = client.readiness();
            return answer.status() == 200 ? "" : answer.reasons();
        } catch (IOException notYet) {
            return "starting";
        }
    }

    /** All of them, in order, each as the process that was started last. */
    public synchronized List<ClusterFile.Node> nodes() {
        return processes.values().stream().map(NodeProcess::node).toList();
    }

    /** One of them. */
    public ClusterFile.Node node(String name) {
        return process(name).node();
    }

    private synchronized NodeProcess process(String name) {
        return Objects.requireNonNull(processes.get(name), name);
    }

    /** Its admin API. */
    public AdminClient client(ClusterFile.Node node) {
        return new AdminClient(node.name(), node.adminUri(), folder.resolve(node.apiKeyFile()), Optional.of(node));
    }

    /** How processes ended that were not asked to, in order. */
    public synchronized List<String> deaths() {
        return List.copyOf(deaths);
    }

    /** SIGKILL; returns when it is gone. */
    public void kill(String name) throws CommandFailure, InterruptedException {
        Process child = asksToEnd(name);
        child.destroyForcibly();
        awaitEnd(name, child);
    }

    /** SIGTERM; returns when it is gone. */
    public void terminate(String name) throws CommandFailure, InterruptedException {
        Process child = asksToEnd(name);
        boolean _ = child.toHandle()
                .destroy(); // not by the process itself, which would close the pipe that it watches, too
        awaitEnd(name, child);
    }

    private synchronized Process asksToEnd(String name) {
        NodeProcess process = process(name);
        asked.add(process.node().pid());
        return process.child().orElseThrow();
    }

    private static void awaitEnd(String name, Process child) throws CommandFailure, InterruptedException {
        if (!child.waitFor(LocalLimits.STOP.toMillis(), TimeUnit.MILLISECONDS)) {
            throw CommandFailure.failed(
                    "%s (pid %d) did not end within %d s".formatted(name, child.pid(), LocalLimits.STOP.toSeconds()));
        }
    }

    /** Starts a node again that has ended; it is not ready yet. */
    public void startAgain(String name) throws CommandFailure, IOException {
        start(node(name));
    }

    /** SIGSTOP: it stands still until {@link #goOn}. */
    public void stop(String name) throws CommandFailure, IOException, InterruptedException {
        signal("STOP", name);
    }

    /** SIGCONT. */
    public void goOn(String name) throws CommandFailure, IOException, InterruptedException {
        signal("CONT", name);
    }

    /** By the shell, which has the command built in. */
    private void signal(String signal, String name) throws CommandFailure, IOException, InterruptedException {
        ClusterFile.Node node = node(name);
        if (!node.runs()) {
            throw CommandFailure.failed("%s does not run, so it gets no SIG%s".formatted(name, signal));
        }
        Process shell = new ProcessBuilder("sh", "-c", "kill -%s %d".formatted(signal, node.pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (shell.waitFor() != 0) {
            throw CommandFailure.failed("%s (pid %d) could not be sent SIG%s".formatted(name, node.pid(), signal));
        }
    }

    /** Ends all of it at once, and takes away the folder; does nothing a second time. */
    @Override
    public void close() throws CommandFailure, IOException {
        synchronized (this) {
            closed = true;
        }
        guard.close();
    }
}
