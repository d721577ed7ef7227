package io.evenkeel.server.capacity;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.capacity.ClusterCapacity.Contact;
import io.evenkeel.server.capacity.ClusterCapacity.Fleet;
import io.evenkeel.server.capacity.ClusterCapacity.Member;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.CapacityFile;
import io.evenkeel.server.node.OutsideLoad;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Vitals;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.Probes;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import io.evenkeel.server.transport.AnswerLoops;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the load and the capacity of this node and of the others. {@link #look} and {@link #measure} belong to one ticker each: the first
 * touches memory alone, the second the disk and the system; {@link #probe} to a third. All else: any thread.
 */
public final class CapacityWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CapacityWatch.class);
    private static final Journal JOURNAL = new Journal(LOG);

    /** How often {@link #probe} is to be called. */
    public static final Duration PROBE_LOOK = Prober.EVERY.dividedBy(10);

    /** An alarm ends where the node can answer a tenth more than it must. */
    private static final double ENOUGH = 1.1;

    /** A share of a processor that differs by less is not worth a file. */
    private static final double WORTH = 0.05;

    private final Settings settings;
    private final AnswerLoops loops;
    private final CapacityFile capacity;
    private final Supplier<Vitals.Disk> disk;
    private final BooleanSupplier open;
    private final Time time;
    private final LoadMeter meter = new LoadMeter();
    private final LoadPeaks peaks;
    private final ServiceCost cost;
    private final ProcessorShare share;
    private final PeerVitals vitals;
    private final @Nullable Prober prober;
    private volatile @Nullable Neighbours neighbours;
    private volatile ClusterCapacity cluster;
    private volatile double diskFree = Double.NaN;
    private volatile List<String> shortages = List.of();
    private volatile double foundShare;
    private boolean shortOfLoad;
    /** Of the cluster, of each second of five minutes. */
    private final double[] loads = new double[300];

    private double loadSum;
    private int looks;

    /**
     * What the configuration says.
     *
     * @param self name of this node
     * @param data its folder
     * @param nsid as which it answers to the option NSID; empty: it does not
     * @param probeAt as in {@link Vitals}
     * @param clientTimeout how long clients wait for an answer
     * @param fleet null: none is configured
     * @param probes null: there are no other members
     */
    public record Settings(
            String self,
            Path data,
            String nsid,
            String probeAt,
            Duration clientTimeout,
            @Nullable Fleet fleet,
            @Nullable Probes probes) {}

    /** The group as the control plane knows it. Any thread. */
    public interface Neighbours {
        /** Names of all members. */
        Set<String> members();

        /** Asks one of them; blocks for that time, and a little longer where it must be connected to first. */
        Outcome<Vitals> ask(String member, Duration atMost) throws InterruptedException;

        /** Where its peer channel is; null: nobody knows. */
        @Nullable
        InetAddress peerHost(String member);

        /** Of this node. */
        ReplicaStatus.Role role();
    }

    /**
     * Of a node alone, until {@link #join}.
     *
     * @param disk of this node, as the others are to know it
     * @param open whether this node answers questions
     * @param daemons of this node, for the threads that ask others
     */
    public CapacityWatch(
            Settings settings,
            Supplier<Vitals.Disk> disk,
            AnswerLoops loops,
            CapacityFile capacity,
            BooleanSupplier open,
            Daemons daemons) {
        this.settings = settings;
        this.disk = disk;
        this.loops = loops;
        this.capacity = capacity;
        this.open = open;
        this.time = daemons.time();
        this.peaks = new LoadPeaks(settings.data());
        int threads = loops.deviceLoops();
        this.cost = new ServiceCost(Math.min(threads, Runtime.getRuntime().availableProcessors()));
        this.foundShare = capacity.share();
        this.share = new ProcessorShare(threads, foundShare, time.nanos());
        this.vitals = new PeerVitals(this::ask, daemons);
        this.prober = settings.probes() == null
                ? null
                : new Prober(settings.probes(), settings.clientTimeout(), this::targets);
        this.cluster = view();
    }

    /** From now on it knows the others. */
    public void join(Neighbours group) {
        neighbours = group;
    }

    private Outcome<Vitals> ask(String member, Duration atMost) throws InterruptedException {
        Neighbours group = neighbours;
        return group == null ? new Outcome.NotDone<>("starting") : group.ask(member, atMost);
    }

    /** As this node knows it by the last {@link #look}. */
    public ClusterCapacity cluster() {
        return cluster;
    }

    /** Why this node is too small, a line for people each; none if it is not known to be. */
    public List<String> shortages() {
        return shortages;
    }

    /** Since the capacity of this node was measured, in seconds; NaN while it is not known. */
    public double capacityAgeSeconds() {
        return capacity.ageSeconds();
    }

    /** How long that member took to answer the last question for its vitals, in seconds; NaN for this node, and if that was not a moment ago. */
    public double roundTripSeconds(String member) {
        PeerVitals.Heard word = vitals.last(member);
        return word == null || !vitals.isFresh(word) ? Double.NaN : word.tookNanos() / 1e9;
    }

    /** Questions to that member that ended so, since the start. */
    public long probes(String member, Transport transport, Probe end) {
        return prober == null ? 0 : prober.count(member, transport, end);
    }

    /** What this node tells the others. */
    public Vitals vitals() {
        LoadMeter.Rates rates = meter.rates();
        Capacity known = capacity.known();
        Neighbours group = neighbours;
        return new Vitals(
                rates.load(),
                rates.answered(),
                rates.dropped(),
                known == null ? Double.NaN : known.lastingQps(),
                capacity.ageSeconds(),
                loops.counters().stream()
                                .mapToLong(QueryCounters::oldestLastNanos)
                                .max()
                                .orElse(0)
                        / 1e9,
                diskFree,
                group == null ? ReplicaStatus.Role.NONE : group.role(),
                open.getAsBoolean(),
                settings.nsid(),
                settings.probeAt(),
                disk.get());
    }

    /** Takes stock of this node, and begins to ask the others. Every second. */
    public void look() {
        List<QueryCounters> counters = loops.counters();
        long now = time.nanos();
        meter.observe(now, counters);
        long[] cpu = new long[counters.size()];
        long[] dropped = new long[counters.size()];
        for (int i = 0; i < cpu.length; i++) {
            cpu[i] = loops.cpuNanos(i);
            dropped[i] = counters.get(i).lost() + counters.get(i).drops(DropReason.STALE);
        }
        share.look(now, cpu, dropped);
        foundShare = share.value();
        Set<String> others = new TreeSet<>(members());
        others.remove(settings.self());
        vitals.round(others);
        ClusterCapacity seen = view();
        cluster = seen;
        peaks.add(unixSeconds(), mean(seen.loadQps()));
        if (prober != null) {
            prober.keepOnly(others);
        }
        alarm(seen);
    }

    /** Mean load of the cluster over five minutes; a node that runs for less has not had the rest. */
    private double mean(double load) {
        loadSum += load - loads[looks % loads.length];
        loads[looks % loads.length] = load;
        looks++;
        return loadSum / loads.length;
    }

    private void alarm(ClusterCapacity seen) {
        shortOfLoad = seen.isShortOfLoad() || (shortOfLoad && seen.headroomAtWorst() < ENOUGH);
        List<String> lines = CapacityWords.shortages(seen, shortOfLoad);
        boolean wasShort = !shortages.isEmpty();
        boolean more = lines.size() > shortages.size();
        shortages = List.copyOf(lines);
        if (more) {
            JOURNAL.warn(Kind.CAPACITY, String.join("; ", lines), "short", true);
        } else if (wasShort && lines.isEmpty()) {
            JOURNAL.info(Kind.CAPACITY, "capacity: this node can carry the load again", "short", false);
        }
    }

    /** Measures what blocks: the disk, and the machine's own counters. Every few seconds. */
    public void measure() {
        QueryCounters sum = QueryCounters.sum(loops.counters());
        double nanos = cost.look(new ServiceCost.Sample(
                time.nanos(),
                loops.cpuNanos(),
                OutsideLoad.softirqNanos(),
                LoadMeter.answers(sum),
                LoadMeter.unanswered(sum)));
        double found = foundShare;
        if (!Double.isNaN(nanos)) {
            capacity.serve(nanos, found);
        } else if (Math.abs(found - capacity.share()) > WORTH) {
            capacity.share(found);
        }
        peaks.keep(unixSeconds());
        try {
            FileStore disk = Files.getFileStore(settings.data());
            diskFree = disk.getTotalSpace() > 0 ? disk.getUsableSpace() / (double) disk.getTotalSpace() : Double.NaN;
        } catch (IOException e) {
            diskFree = Double.NaN;
            LOG.debug("the disk of {} does not tell how much is free", settings.data(), e);
        }
    }

    /** Asks the others a DNS question if that is due. */
    public void probe() {
        if (prober != null) {
            prober.look();
        }
    }

    private Set<String> members() {
        Neighbours group = neighbours;
        return group == null ? Set.of(settings.self()) : group.members();
    }

    private ClusterCapacity view() {
        List<Member> members = new ArrayList<>();
        for (String name : new TreeSet<>(members())) {
            members.add(name.equals(settings.self()) ? self() : member(name));
        }
        return new ClusterCapacity(
                settings.self(), members, peaks.largest(), capacity.before(), capacity.known(), settings.fleet());
    }

    private Member self() {
        return new Member(settings.self(), Contact.HEARD, vitals(), Probe.NOT_ASKED, Probe.NOT_ASKED);
    }

    private Member member(String name) {
        PeerVitals.Heard word = vitals.last(name);
        boolean fresh = word != null && vitals.isFresh(word);
        Vitals told = word == null || !fresh ? null : word.vitals();
        return new Member(
                name,
                !fresh ? Contact.SILENT : told == null ? Contact.OLDER : Contact.HEARD,
                told,
                probed(name, Transport.UDP),
                probed(name, Transport.TCP));
    }

    private Probe probed(String name, Transport transport) {
        return prober == null ? Probe.NOT_ASKED : prober.last(name, transport);
    }

    /** Those that were open when they were heard last: one that is dead tells no more. */
    private List<Prober.Target> targets() {
        return members().stream()
                .filter(name -> !name.equals(settings.self()))
                .flatMap(name -> {
                    PeerVitals.Heard word = vitals.last(name);
                    Vitals told = word == null ? null : word.vitals();
                    InetSocketAddress at = told == null || !told.open() ? null : where(name, told.probeAt());
                    return at == null || told == null
                            ? Stream.of()
                            : Stream.of(new Prober.Target(name, at, told.nsid()));
                })
                .collect(Collectors.toUnmodifiableList());
    }

    private @Nullable InetSocketAddress where(String member, String said) {
        Neighbours group = neighbours;
        try {
            if (said.isEmpty() || group == null) {
                return null;
            }
            if (!said.startsWith(":")) {
                return AddressText.parse(said, 1);
            }
            InetAddress host = group.peerHost(member);
            int port = Integer.parseInt(said.substring(1));
            return host == null ? null : new InetSocketAddress(host, port);
        } catch (IllegalArgumentException e) {
            LOG.debug("{} says that it is to be asked at {}", member, said, e);
            return null;
        }
    }

    private static long unixSeconds() {
        return TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
    }
}
