package io.evenkeel.zones.change;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.ChangeEvaluator.Request;
import io.evenkeel.zones.change.SimulatedHistory.Intent;
import io.evenkeel.zones.change.SimulatedHistory.Kind;
import io.evenkeel.zones.change.SimulatedReplica.Message;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.FeatureLevel;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * Replicas, a network and clients in virtual time: one thread, one queue of events, everything from one seed. Messages
 * between replicas are late, lost and doubled, links break, replicas crash and come back with what they had on disk, take
 * snapshots and are sent some. Clients ask again under the same id for as long as they do not know; what they send may be
 * lost, but is not doubled, as on a stream that is closed before the next attempt.
 */
final class Simulation {
    private static final long TROUBLE_MILLIS = 2_500;
    private static final long QUIET_MILLIS = TROUBLE_MILLIS + 800;
    private static final long END_MILLIS = QUIET_MILLIS + 400;
    private static final int STEP_MILLIS = 10;
    private static final int CLIENTS = 4;
    private static final int PATIENCE_MILLIS = 120;
    private static final int ATTEMPTS = 12;
    private static final List<Name> APEXES =
            List.of(Samples.name("one.example."), Samples.name("two.example."), Samples.name("three.example."));

    /** Faults that the simulation must find, or it would prove nothing. */
    enum Planted {
        NOTHING,
        /** A leader answers from its state without asking whether it still leads. */
        ANSWERS_WITHOUT_CONFIRMATION,
        /** A leader evaluates before it has applied what the last one committed. */
        EVALUATES_BEFORE_IT_IS_READY,
        /** Applying depends on something that differs between replicas. */
        DIFFERS,
        /** Outcomes of requests are not remembered. */
        FORGETS_REQUESTS
    }

    private record Event(long at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final SplittableRandom random;
    private final Planted planted;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<SimulatedReplica> replicas = new ArrayList<>();
    private final SimulatedHistory history = new SimulatedHistory(replicas);
    private final Set<Integer> brokenLinks = new HashSet<>();
    private long now;
    private long order;
    private long changes;
    private boolean trouble = true;

    Simulation(long seed, Planted planted) {
        this.random = new SplittableRandom(seed);
        this.planted = planted;
    }

    SimulatedHistory run() {
        int size = 3 + 2 * random.nextInt(2);
        for (int i = 0; i < size; i++) {
            replicas.add(new SimulatedReplica(this, i, size));
        }
        replicas.forEach(replica -> every(STEP_MILLIS, () -> {
            if (replica.up) {
                replica.tick();
            }
        }));
        every(40, this::disturb);
        every(15, this::read);
        for (int i = 0; i < CLIENTS; i++) {
            after(random.nextInt(100), new Client(i)::next);
        }
        after(TROUBLE_MILLIS, this::heal);
        for (Event event = events.poll(); event != null && event.at < END_MILLIS; event = events.poll()) {
            now = event.at;
            event.action.run();
        }
        history.end();
        return history;
    }

    long now() {
        return now;
    }

    /** Nothing new begins: what is under way comes to its end. */
    boolean quiet() {
        return now > QUIET_MILLIS;
    }

    /** Between once and twice that from now. */
    long soon(int millis) {
        return now + millis + random.nextInt(millis);
    }

    Planted planted() {
        return planted;
    }

    SimulatedHistory history() {
        return history;
    }

    ReplicatedState.Transition apply(ReplicatedState state, long index, ZoneCommand command) {
        if (planted == Planted.DIFFERS && command instanceof ZoneCommand.Tick && random.nextInt(20) == 0) {
            return new ReplicatedState.Transition(
                    state, new CommandResult.Applied(new io.evenkeel.zones.ZoneVersion(0, 0), 0));
        }
        if (planted == Planted.FORGETS_REQUESTS && command.plain() instanceof ZoneCommand.ApplyDiff diff) {
            return state.apply(index, new ZoneCommand.ApplyDiff(diff.apex(), diff.diff(), List.of()));
        }
        // The first tick raises the level: from then on what changes is kept.
        boolean raises = command instanceof ZoneCommand.Tick && !FeatureLevel.HISTORY.isReached(state.settings());
        return state.apply(index, raises ? FeatureLevel.raise(state.settings()) : command);
    }

    void send(int from, int to, Message message) {
        if (brokenLinks.contains(link(from, to)) || (trouble && random.nextInt(20) == 0)) {
            return;
        }
        for (int copies = trouble && random.nextInt(20) == 0 ? 2 : 1; copies > 0; copies--) {
            after(1 + random.nextInt(trouble ? 12 : 3), () -> {
                if (replicas.get(to).up) {
                    replicas.get(to).receive(message);
                }
            });
        }
    }

    void toOthers(int from, Message message) {
        for (int to = 0; to < replicas.size(); to++) {
            if (to != from) {
                send(from, to, message);
            }
        }
    }

    private int link(int one, int other) {
        return Math.min(one, other) * replicas.size() + Math.max(one, other);
    }

    private void after(long millis, Runnable action) {
        events.add(new Event(now + millis, order++, action));
    }

    private void every(int millis, Runnable action) {
        after(1 + random.nextInt(millis), new Runnable() {
            @Override
            public void run() {
                action.run();
                after(millis, this);
            }
        });
    }

    private void disturb() {
        SimulatedReplica one = replicas.get(random.nextInt(replicas.size()));
        if (!trouble) {
            return;
        }
        switch (random.nextInt(8)) {
            case 0 -> {
                if (one.up) {
                    one.crash();
                    after(20 + random.nextInt(300), () -> {
                        if (!one.up) {
                            one.restart();
                        }
                    });
                }
            }
            case 1, 2 -> {
                if (one.up) {
                    one.takeSnapshot();
                }
            }
            case 3 -> cutOff(one);
            case 4 ->
                replicas.stream().filter(SimulatedReplica::leads).findFirst().ifPresent(this::cutOff);
            default -> {}
        }
    }

    private void cutOff(SimulatedReplica one) {
        int until = 50 + random.nextInt(300);
        for (int other = 0; other < replicas.size(); other++) {
            if (other != one.number && random.nextInt(8) != 0) {
                int link = link(one.number, other);
                brokenLinks.add(link);
                after(until, () -> brokenLinks.remove(link));
            }
        }
    }

    private void heal() {
        trouble = false;
        brokenLinks.clear();
        replicas.stream().filter(replica -> !replica.up).forEach(SimulatedReplica::restart);
    }

    private void read() {
        SimulatedReplica one = replicas.get(random.nextInt(replicas.size()));
        Collection<Zone> zones = one.state().catalog().zones();
        zones.stream().skip(random.nextInt(3)).findFirst().ifPresent(history::read);
    }

    static Name markerOwner(Name apex) {
        try {
            return Name.concatenate(Name.fromConstantString("m"), apex);
        } catch (NameTooLongException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static Record marker(Name apex, String marker) {
        return Samples.record(markerOwner(apex).toString(), 60, Type.TXT, marker);
    }

    private List<Record> contents(Name apex, String marker) {
        String soa = "ns." + apex + " host." + apex + " " + random.nextInt(50) + " 1 1 1 1";
        return List.of(
                Samples.record(apex.toString(), 60, Type.SOA, soa),
                Samples.record(apex.toString(), 60, Type.NS, "ns.elsewhere."),
                marker(apex, marker));
    }

    /** Asks one change after the other, each until it knows the outcome or has lost patience. */
    private final class Client {
        private final int number;
        private int leader;
        private int attempt;
        private RequestId id = new RequestId(0, 0);
        private final List<String> added = new ArrayList<>();

        Client(int number) {
            this.number = number;
            this.leader = number % replicas.size();
        }

        void next() {
            if (!trouble) {
                return;
            }
            Name apex = APEXES.get(random.nextInt(APEXES.size()));
            String marker = "c" + number + "-" + changes;
            Zone seen = replicas.get(random.nextInt(replicas.size()))
                    .state()
                    .catalog()
                    .zone(apex);
            int choice = seen == null ? 0 : mostlyAnsweredFromState() ? 5 : random.nextInt(20);
            if (choice == 0) {
                ask(new Intent(apex, Kind.CREATE, marker, null), create(apex, marker));
            } else if (choice == 1) {
                ask(new Intent(apex, Kind.DELETE, marker, null), new Change.DeleteZone(apex, null));
            } else if (choice == 2) {
                Change replace = new Change.ReplaceZone(apex, new ZoneContents.Inline(contents(apex, marker)), null);
                ask(new Intent(apex, Kind.REPLACE, marker, null), replace);
            } else if (choice == 3) {
                staged(apex, marker);
            } else if (choice == 4) {
                edit(apex, Kind.INVALID, Change.Edit.EXTEND, Type.CNAME, marker, null);
            } else if (choice == 5 || choice == 6) {
                edit(apex, Kind.NOTHING, Change.Edit.PRUNE, Type.TXT, marker, null);
            } else if (choice < 10 && !added.isEmpty()) {
                edit(apex, Kind.REMOVE, Change.Edit.PRUNE, Type.TXT, added.removeLast(), null);
            } else {
                var ifVersion = choice < 14 && seen != null ? seen.version() : null;
                edit(apex, Kind.ADD, Change.Edit.EXTEND, Type.TXT, marker, ifVersion);
                added.add(marker);
            }
        }

        /** So that the fault shows that only such answers can have. */
        private boolean mostlyAnsweredFromState() {
            return planted == Planted.ANSWERS_WITHOUT_CONFIRMATION && random.nextInt(3) > 0;
        }

        private Change create(Name apex, String marker) {
            return new Change.CreateZone(apex, new ZoneContents.Inline(contents(apex, marker)));
        }

        private void edit(
                Name apex,
                Kind kind,
                Change.Edit edit,
                int type,
                String marker,
                io.evenkeel.zones.@Nullable ZoneVersion ifVersion) {
            Record record = type == Type.TXT
                    ? marker(apex, marker)
                    : Samples.record(markerOwner(apex).toString(), 60, type, marker + ".");
            Name owner = type == Type.TXT ? markerOwner(apex) : apex;
            Record at = type == Type.TXT ? record : Samples.record(apex.toString(), 60, type, marker + ".");
            ask(
                    new Intent(apex, kind, marker, ifVersion),
                    new Change.EditRRsets(
                            apex, List.of(new Change.RRsetEdit(owner, type, edit, 60, List.of(at))), ifVersion));
        }

        private void staged(Name apex, String marker) {
            RequestId stage = new RequestId(random.nextLong(), random.nextLong());
            List<Change> chunks = new ArrayList<>();
            ZoneContents.Staged contents = StageWriter.write(
                    stage,
                    contents(apex, marker),
                    (chunk, records) -> chunks.add(new Change.Stage(apex, stage, chunk, records, 0)));
            ask(
                    new Intent(apex, Kind.STAGE, marker, null),
                    chunks.getFirst(),
                    () -> ask(
                            new Intent(apex, Kind.REPLACE, marker, null),
                            new Change.ReplaceZone(apex, contents, null)));
        }

        private void ask(Intent intent, Change change) {
            ask(intent, change, this::next);
        }

        private void ask(Intent intent, Change change, Runnable then) {
            changes++;
            id = new RequestId(random.nextLong(), changes);
            attempt = 0;
            history.asked(id, intent);
            attempt(id, change, then);
        }

        private void attempt(RequestId asked, Change change, Runnable then) {
            if (!id.equals(asked)) {
                return;
            }
            if (attempt++ == ATTEMPTS || (!trouble && attempt > 2)) {
                id = new RequestId(0, 0);
                after(1, this::next);
                return;
            }
            SimulatedReplica target = replicas.get(leader);
            Runnable again = () -> {
                leader = random.nextInt(replicas.size());
                attempt(asked, change, then);
            };
            int thisAttempt = attempt;
            after(PATIENCE_MILLIS, () -> {
                if (attempt == thisAttempt) {
                    again.run();
                }
            });
            if (random.nextInt(20) == 0) {
                return;
            }
            after(1 + random.nextInt(8), () -> {
                if (target.up) {
                    target.submit(
                            new Request(asked, change, Origin.UNTOLD, true),
                            outcome -> after(1 + random.nextInt(8), () -> {
                                boolean waits = id.equals(asked) && attempt == thisAttempt;
                                if (random.nextInt(20) != 0 || !trouble) {
                                    told(asked, outcome, waits, again, then);
                                }
                            }));
                }
            });
        }

        private void told(
                RequestId asked, @Nullable ChangeOutcome outcome, boolean waits, Runnable again, Runnable then) {
            if (!waits) {
                return; // it has asked again since: only that answer counts
            }
            if (outcome != null) {
                history.answered(asked, outcome);
            }
            switch (outcome) {
                case ChangeOutcome.Accepted _ -> {
                    id = new RequestId(0, 0);
                    then.run();
                }
                case ChangeOutcome.Refused _ -> {
                    id = new RequestId(0, 0);
                    next();
                }
                case null -> {
                    int thisAttempt = attempt;
                    after(10, () -> {
                        if (attempt == thisAttempt) {
                            again.run();
                        }
                    });
                }
            }
        }
    }
}
