package io.evenkeel.bench.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is to be measured.
 *
 * @param workloads names of {@link Workload}s and {@link Special}s, in the order of the tables
 * @param runs of each workload; a run is one interval of each server, one after the other
 * @param seconds of each interval
 * @param names in the large zone; the bars are meant for 1,000,000
 * @param basePort ours listens on the next one, the others from the eleventh after it
 * @param folder where zone files, configurations and logs go
 * @param launcher {@code ops/bin/evenkeel}
 */
record PeersOptions(
        Set<String> workloads, int runs, double seconds, int names, int basePort, Path folder, Path launcher) {
    /** What is measured otherwise than by asking a running server as fast as it answers. */
    enum Special {
        START,
        MEMORY,
        LATENCY,
        PUBLISH,
        /** Ours against ours, minutes for what rarely changes: only if it is asked for, as the next one. */
        QUEUE,
        LIMITS;

        /** Of those that only ours are asked in. */
        static final Set<Special> OF_OURS = Set.of(QUEUE, LIMITS);

        String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    static final Path FOLDER = Path.of("ops/bench/target/peers").toAbsolutePath();

    private static final int MAX_RUNS = 1000;
    private static final int MAX_SECONDS = 60;
    private static final int MAX_NAMES = 2_000_000;

    static PeersOptions parse(String[] args) {
        Set<String> workloads = all();
        for (Special special : Special.OF_OURS) {
            workloads.remove(special.text());
        }
        int runs = 15;
        double seconds = 2;
        int names = 1_000_000;
        int basePort = 15_500;
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " wants a value");
            }
            String value = args[i + 1];
            switch (args[i]) {
                case "--workloads" -> workloads = workloads(value);
                case "--runs" -> runs = (int) number(args[i], value, 1, MAX_RUNS);
                case "--seconds" -> seconds = number(args[i], value, 0.1, MAX_SECONDS);
                case "--names" -> names = (int) number(args[i], value, 10, MAX_NAMES);
                case "--base-port" -> basePort = (int) number(args[i], value, 1024, 62_000);
                default ->
                    throw new IllegalArgumentException(args[i]
                            + " is not understood; there are --workloads, --runs, --seconds, --names and --base-port");
            }
        }
        return new PeersOptions(
                workloads,
                runs,
                seconds,
                names,
                basePort,
                FOLDER,
                Path.of("ops/bin/evenkeel").toAbsolutePath());
    }

    private static Set<String> all() {
        return new LinkedHashSet<>(Stream.concat(
                        Workload.ALL.stream().map(Workload::name),
                        Stream.of(Special.values()).map(Special::text))
                .toList());
    }

    private static double number(String option, String value, double least, double most) {
        try {
            double number = Double.parseDouble(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("%s wants a number, not %s".formatted(option, value), e);
        }
        throw new IllegalArgumentException("%s wants %s to %s, not %s".formatted(option, least, most, value));
    }

    private static Set<String> workloads(String value) {
        Set<String> known = all();
        List<String> asked = List.of(value.split(",", -1));
        List<String> unknown = new ArrayList<>(asked);
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "--workloads wants some of %s, not %s".formatted(String.join(",", known), unknown.getFirst()));
        }
        known.retainAll(asked);
        return known;
    }

    boolean wants(Special special) {
        return workloads.contains(special.text());
    }

    /** Whether no server of others is asked. */
    boolean asksOursAlone() {
        return Special.OF_OURS.stream().map(Special::text).toList().containsAll(workloads);
    }

    /** The load workloads that are asked for. */
    List<Workload> loads() {
        return Workload.ALL.stream()
                .filter(workload -> workloads.contains(workload.name()))
                .toList();
    }
}
