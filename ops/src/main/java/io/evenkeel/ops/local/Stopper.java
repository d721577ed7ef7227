package io.evenkeel.ops.local;

import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.OsProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Ends the node processes of a data folder and no others. */
final class Stopper {
    /** A process of a node. */
    private record Running(String name, ProcessHandle process) {}

    private Stopper() {}

    /**
     * Asks every running node to end (SIGTERM), kills after {@link LocalLimits#STOP} what is left; with {@code kill} at once.
     *
     * @return how many there were
     */
    static int stop(ClusterFile cluster, Path folder, boolean kill, Consumer<String> say) throws CommandFailure {
        List<Running> running = running(cluster, folder);
        if (kill) {
            running.forEach(node -> node.process().destroyForcibly());
        } else {
            running.forEach(node -> node.process().destroy());
            List<Running> hung = await(running, LocalLimits.STOP);
            for (Running node : hung) {
                say.accept("%s (pid %d) did not end within %d s: killing it"
                        .formatted(node.name(), node.process().pid(), LocalLimits.STOP.toSeconds()));
                node.process().destroyForcibly();
            }
        }
        List<Running> left = await(running, LocalLimits.KILL);
        if (!left.isEmpty()) {
            throw CommandFailure.failed("cannot end "
                    + String.join(
                            ", ",
                            left.stream()
                                    .map(node -> node.name() + " (pid "
                                            + node.process().pid() + ")")
                                    .toList()));
        }
        return running.size();
    }

    /**
     * Found by pid and start time; beside that by command line, because an {@code up} that was killed between starting a
     * node and noting its pid leaves one that is in no file.
     */
    private static List<Running> running(ClusterFile cluster, Path folder) {
        List<Running> running = new ArrayList<>();
        for (ClusterFile.Node node : cluster.nodes()) {
            if (node.runs()) {
                ProcessHandle.of(node.pid()).ifPresent(process -> running.add(new Running(node.name(), process)));
            } else {
                String config = folder.resolve(node.config()).toString();
                ProcessHandle.allProcesses()
                        .filter(process -> servesWith(process, config))
                        .forEach(process -> running.add(new Running(node.name(), process)));
            }
        }
        return running;
    }

    private static boolean servesWith(ProcessHandle process, String config) {
        return process.info()
                .arguments()
                .map(List::of)
                .filter(arguments -> arguments.contains("serve")
                        && arguments.contains(config)
                        && arguments.contains(NodeProcess.MAIN_CLASS))
                .isPresent();
    }

    private static List<Running> await(List<Running> nodes, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        List<Running> left = alive(nodes);
        while (!left.isEmpty() && System.nanoTime() < end) {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return alive(nodes);
            }
            left = alive(nodes);
        }
        return left;
    }

    private static List<Running> alive(List<Running> nodes) {
        // A zombie is dead; its parent may be slow to notice.
        return nodes.stream()
                .filter(node -> node.process().isAlive()
                        && OsProcess.startTicks(node.process().pid()) >= 0)
                .toList();
    }
}
