package io.evenkeel.ops.local;

import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
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
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * A cluster of processes in a temporary folder, on ports that were free, that serves the sample zone and may be broken. All of it is gone
 * when it is closed, and also when this process ends without that, see {@link Guard}.
 *
 * <p>Any thread.
 */
public final class OwnCluster implements AutoCloseable {
    /** Of a small disk: twice what a node needs here, with the 64 MiB that must be free before it takes part in Raft. */
    private static final int DISK_MIB = 256;

    /** That a node may have of its own, instead of sharing it with the others. */
    public enum Own {
        /** A disk that can be filled; Linux, root. */
        SMALL_DISK,
        /** A disk that can be slowed; Linux, root, cgroups of version 1. */
        SLOW_DISK,
        /** A group, by which the kernel knows its messages, so that it can be cut from the others; Linux, root. */
        NETWORK,
        /** A clock, which can jump; Linux, libfaketime. */
        CLOCK;

        /** Why it cannot be had here; null if it can, or if that is seen only when it is tried. */
        private @Nullable String whyNot() throws IOException {
            return switch (this) {
                case SMALL_DISK -> null;
                case SLOW_DISK -> SlowDisk.whyNot();
                case NETWORK -> PacketRules.whyNoCuts();
                case CLOCK -> NodeClocks.whyNot();
            };
        }
    }

    private static final String ENDED = "the cluster was ended";

    private final Path folder;
    private final Guard guard;
    private final Map<String, String> environment;
    private final PacketRules rules;
    /** Whether nodes can be cut from each other. */
    private final boolean cuts;
    /** Null: nodes have the clock of this machine. */
    private final @Nullable NodeClocks clocks;
    /** By name; filled before the first node starts. */
    private final Map<String, SmallDisk> disks = new LinkedHashMap<>();
    /** As {@link #disks}. */
    private final Map<String, SlowDisk> slowDisks = new LinkedHashMap<>();
    /** By name, each as the process that was started last. Guarded by this. */
    private final Map<String, NodeProcess> processes = new LinkedHashMap<>();
    /** Processes whose end was asked for. Guarded by this. */
    private final Set<Long> asked = new HashSet<>();
    /** How those ended that were not asked to. Guarded by this. */
    private final List<String> deaths = new ArrayList<>();
    /** Guarded by this. */
    private boolean closed;

    private OwnCluster(
            Path folder,
            Guard guard,
            Map<String, String> environment,
            PacketRules rules,
            boolean cuts,
            @Nullable NodeClocks clocks) {
        this.folder = folder;
        this.guard = guard;
        this.environment = Map.copyOf(environment);
        this.rules = rules;
        this.cuts = cuts;
        this.clocks = clocks;
    }

    /**
     * Starts nodes, which are called n1, n2 and so on; none of them is ready yet.
     *
     * @param environment of each, beside that of this process: keys of their configuration
     * @param own the things of its own that each node has, so that they can be broken; not both kinds of disks
     */
    public static OwnCluster start(int nodes, Map<String, String> environment, Set<Own> own)
            throws CommandFailure, IOException, InterruptedException {
        for (Own each : own) {
            String why = each.whyNot();
            if (why != null) {
                throw CommandFailure.failed(why);
            }
        }
        ClusterFile plan =
                new ClusterFile(ClusterFile.FORMAT, "evenkeel", new Layout(Layout.freeBasePort(), nodes).plan());
        Path folder = Files.createTempDirectory("evenkeel-drill-").toRealPath();
        OwnCluster cluster = new OwnCluster(
                folder,
                Guard.of(folder),
                environment,
                new PacketRules(plan.nodes()),
                own.contains(Own.NETWORK),
                own.contains(Own.CLOCK) ? new NodeClocks(folder) : null);
        boolean done = false;
        try {
            try (ClusterFolder held = ClusterFolder.open(folder)) {
                held.checkSpace();
                if (own.contains(Own.SMALL_DISK)) {
                    for (ClusterFile.Node node : plan.nodes()) {
                        Path data = Files.createDirectory(folder.resolve(node.name()));
                        cluster.disks.put(node.name(), SmallDisk.mount(data, DISK_MIB));
                    }
                }
                if (own.contains(Own.SLOW_DISK)) {
                    for (ClusterFile.Node node : plan.nodes()) {
                        Path data = Files.createDirectory(folder.resolve(node.name()));
                        Path image = folder.resolve(node.name() + ".image");
                        cluster.slowDisks.put(node.name(), SlowDisk.mount(data, image, DISK_MIB));
                    }
                }
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
        checkOpen();
        List<String> under = cuts ? rules.inOwnGroup(node.name()) : List.of();
        Map<String, String> variables = new LinkedHashMap<>(environment);
        if (clocks != null) {
            clocks.set(node.name(), Duration.ZERO);
            variables.putAll(clocks.environment(node.name()));
        }
        NodeProcess process = NodeProcess.start(node, folder, false, variables, under);
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
        if (isClosed()) {
            throw CommandFailure.failed(ENDED);
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

    /** Where all of it is. */
    public Path folder() {
        return folder;
    }

    /** Octets of each file of the log of a node, by its key of the file system, which it keeps when it is renamed. */
    public Map<Object, Long> log(String name) throws IOException {
        Path log = folder.resolve(node(name).log());
        Map<Object, Long> octets = new LinkedHashMap<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(Objects.requireNonNull(log.getParent()), log.getFileName() + "*")) {
            for (Path file : files) {
                try {
                    BasicFileAttributes known = Files.readAttributes(file, BasicFileAttributes.class);
                    octets.put(Objects.requireNonNullElse(known.fileKey(), file), known.size());
                } catch (NoSuchFileException renamed) {
                    // By the next look it has its place; those that go are the oldest.
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException wiped) {
            return Map.of();
        }
        return octets;
    }

    /** Has the key of a node's admin API. */
    public Path apiKeyFile(String name) {
        return folder.resolve(node(name).apiKeyFile());
    }

    /** A port of 127.0.0.1 that was free and that no node has. */
    public int sparePort() {
        return nodes().getFirst().dnsPort() - 1;
    }

    /**
     * Starts a program that ends with the cluster at the latest.
     *
     * @param command names its configuration in {@link #folder} by {@code --config.file=}, by which {@link Guard} knows it
     * @param variables of its environment
     * @param log gets all that it writes
     */
    public synchronized Process startBeside(List<String> command, Map<String, String> variables, Path log)
            throws CommandFailure, IOException {
        checkOpen();
        List<String> words = new ArrayList<>(NodeProcess.wrapper(false));
        words.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(variables);
        return builder.start();
    }

    /** Whether it was closed. */
    public synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void checkOpen() throws CommandFailure {
        if (closed) {
            throw CommandFailure.failed(ENDED);
        }
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

    /** Deletes all that a node has written, which must have ended: it is started again as an empty one. */
    public void wipe(String name) throws CommandFailure, IOException {
        if (node(name).runs()) {
            throw CommandFailure.failed("%s runs, so its data are not deleted".formatted(name));
        }
        ClusterFolder.wipe(folder.resolve(name));
    }

    /** Takes what is left of a node's small disk, to the last octet. One thread for a node. */
    public void fill(String name) throws IOException {
        disk(name).fill();
    }

    /** Gives back what {@link #fill} took. */
    public void free(String name) throws IOException {
        disk(name).free();
    }

    /** From now on what a node writes and waits for takes seconds. */
    public synchronized void slowDisk(String name) throws CommandFailure, IOException {
        checkOpen();
        slowable(name).slow();
    }

    /** Undoes {@link #slowDisk}. */
    public synchronized void hastenDisk(String name) throws CommandFailure, IOException {
        checkOpen();
        slowable(name).hasten();
    }

    private SlowDisk slowable(String name) {
        return Objects.requireNonNull(slowDisks.get(name), name);
    }

    private SmallDisk disk(String name) {
        return Objects.requireNonNull(disks.get(name), name);
    }

    /**
     * From now on so much is lost of the datagrams to and from the port of a node that answers devices, each way, by chance. Linux, root,
     * nftables.
     *
     * @param share of all; 0: nothing is lost any more
     */
    public synchronized void loses(String name, double share) throws CommandFailure, IOException, InterruptedException {
        checkOpen();
        rules.lose(name, share);
    }

    /** From now on a node and the others hear nothing of each other; devices reach it. */
    public synchronized void partition(String name) throws CommandFailure, IOException, InterruptedException {
        checkOpen();
        rules.cut(name, true);
    }

    /** From now on the others hear nothing of a node, and it hears them; devices reach it. */
    public synchronized void mute(String name) throws CommandFailure, IOException, InterruptedException {
        checkOpen();
        rules.cut(name, false);
    }

    /** Undoes {@link #partition} and {@link #mute}. */
    public synchronized void heal(String name) throws CommandFailure, IOException, InterruptedException {
        checkOpen();
        rules.heal(name);
    }

    /**
     * From now on the wall clock of a node is wrong, and elapsed time stays true; returns when the node says that clock. A node that starts
     * has the clock of this machine.
     *
     * @param wrongBy negative: it is behind
     */
    public void setClock(String name, Duration wrongBy) throws CommandFailure, IOException, InterruptedException {
        synchronized (this) {
            checkOpen();
            Objects.requireNonNull(clocks).set(name, wrongBy);
        }
        NodeClocks.awaitEffect(client(node(name)), wrongBy);
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
