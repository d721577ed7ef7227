package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.Cli;
import io.evenkeel.ops.fleet.FleetPlan;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScenarioReaderTest {
    private static final String NODES = "nodes: {a: 127.0.0.1:5301}\n";
    private static final String GROUP = "{devices: 10, period: 10s, names: x A}";
    private static final String WHOLE = "seconds: 60\n" + NODES + "groups: {g: " + GROUP + "}\n";

    @TempDir
    private Path folder;

    static Stream<Path> samples() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("drills"))) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everySampleIsAScenarioForACalmClusterOfThisMachine(Path sample) throws Exception {
        Scenario scenario = ScenarioReader.read(sample);
        assertThat(scenario.criteria()).isNotEmpty();
        assertThat(scenario.title()).isNotEmpty();
        assertThat(scenario.plan().nodes())
                .allMatch(node -> node.address().getAddress().isLoopbackAddress());
        assertThat(scenario.plan().neededPerSecond()).isBetween(100.0, 20_000.0);
        Cli said = Cli.run("drill", "check", sample);
        assertThat(said.code()).isZero();
        assertThat(said.out()).contains(scenario.plan().devices() + " devices");
    }

    private List<String> problems(String text) throws Exception {
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, text);
        try {
            Scenario ignored = ScenarioReader.read(file);
            return List.of();
        } catch (CommandFailure e) {
            assertThat(e.exitCode()).isEqualTo(CommandFailure.USAGE);
            return (e.details().isEmpty() ? List.of(e.getMessage()) : e.details())
                    .stream().map(each -> each.replace(file.toString(), "F")).toList();
        }
    }

    @Test
    void everyProblemIsToldAtOnceWithItsLine() throws Exception {
        assertThat(problems(WHOLE)).isEmpty();
        assertThat(problems("""
                        seconds: 0
                        sead: 3
                        nodes:
                          a: 127.0.0.1:5301
                          b: 198.51.100.1
                          c: {address: "[::1]:53", wait: 1}
                        groups:
                          g:
                            devices: many
                            period: 2h
                            names: [a..b A, x XYZZY, x]
                            retry: sometimes
                            nodes: [a, d, a]
                            on-icmp: tcp
                          h: 3
                        silence: {from: 50s, for: 7201s}
                        pass:
                          - first-try: 101 %
                          - waiting: 2 %
                            goodput: 5/s
                          - goodput: 5
                            group: z
                        """))
                .containsExactlyInAnyOrder(
                        "F:1: seconds wants a number from 1 to 7200, not 0",
                        "F:2: there is no key sead in the scenario; it has capacity, cluster, delay, design-2020, faults, groups, nodes, pass, seconds, seed, silence, sockets, sources, title",
                        "F:5: 198.51.100.1 is neither on this machine nor in a private network, and a drill is for these alone",
                        "F:6: there is no key wait in node c; it has address, known-as, weight",
                        "F:6: one fleet asks over IPv4 or over IPv6, and not over both",
                        "F:9: devices wants a number from 1 to 500000, not many",
                        "F:10: period wants 10ms to 3600s, not 2h",
                        "F:11: a..b A: 'a..b': invalid empty label",
                        "F:11: x XYZZY: there is no type XYZZY",
                        "F:11: a name stands before its type, as in `dev-###.example A`, not x",
                        "F:12: retry wants one of immediate, backoff, glibc, musl, c-ares, lwip, systemd-resolved, not sometimes",
                        "F:13: there is no node d",
                        "F:13: node a stands here a second time",
                        "F:14: on-icmp wants one of retry, wait, fail, not tcp",
                        "F:15: group h wants keys and values",
                        "F:15: group h wants devices",
                        "F:15: group h wants period",
                        "F:15: group h wants names",
                        "F:16: for wants 1ms to 7200s, not 7201s",
                        "F:18: first-try wants a number from 0 % to 100 %, not 101 %",
                        "F:19: a criterion wants one of first-try, success, waiting, amplification, goodput, p99, deaths, leader-changes, writes-back, stale, mended, agree, memory, log-bounded, page-within, no-page",
                        "F:21: goodput wants a number from 0/s to 10000000/s, not 5",
                        "F:22: there is no group z");
    }

    @Test
    void whatContradictsItselfIsTold() throws Exception {
        assertThat(problems(""))
                .containsExactlyInAnyOrder(
                        "F:1: the scenario wants seconds",
                        "F:1: the scenario wants nodes",
                        "F:1: the scenario wants groups");
        assertThat(problems(WHOLE + "seconds: 3\n")).containsExactly("F:4: seconds stands here a second time");
        assertThat(problems(WHOLE + "silence: {from: 30s, for: 31s}"))
                .containsExactly("F:4: the silence ends after the scenario, which takes 60 s");
        assertThat(problems(WHOLE + "delay: [{from: 30s, for: 31s, by: 6s}, {from: 1s, for: 1s}]"))
                .satisfiesExactly(
                        end -> assertThat(end).isEqualTo("F:4: the delay ends after the scenario, which takes 60 s"),
                        most -> assertThat(most).startsWith("F:4: by wants").contains("5s"),
                        none -> assertThat(none).contains("by"));
        assertThat(problems(WHOLE + "pass: {waiting: 2 %, within: 5s}"))
                .containsExactly("F:4: within counts from the end of a silence or of a fault, and there is none");
        assertThat(problems(WHOLE + "pass: {first-try: 99 %, after-drain: 5s}"))
                .containsExactly("F:4: after-drain counts from the end of a silence or of a fault, and there is none");
        assertThat(problems(WHOLE + "pass: {first-try: 99 %, after-drain: 5s, from: 3s}"))
                .anyMatch(problem -> problem.contains("there is no key from in a criterion"));
        assertThat(problems(WHOLE + "pass: {waiting: 99 %, after-drain: 5s}"))
                .anyMatch(problem -> problem.contains("there is no key after-drain in a criterion"));
        assertThat(problems(WHOLE + "pass: {waiting: 2 %, from: 5s, to: 5s}"))
                .containsExactly(
                        "F:4: a window is a second long or longer, and this one ends 0.000 s after its beginning");
        assertThat(problems(WHOLE.replace("x A", "x A, choose: first-address")))
                .containsExactly("F:3: first-address wants known-as of each node of the group");
        assertThat(problems(WHOLE.replace("devices: 10", "devices: 400000") + "sockets: 300"))
                .containsExactly("F:4: 300 sockets are too few for 400000 devices: no more than 1024 may share one");
        assertThat(problems(WHOLE + "sources: fd00::/64").getFirst()).startsWith("F:4: sources: nothing can be sent");
        assertThat(problems("a: [").getFirst()).startsWith("F:").contains("is no YAML");
        assertThat(problems(WHOLE + "---\na: b").getFirst()).contains("a scenario is one document");
    }

    @Test
    void aCapacityIsAnswersTheCostOfADropAndABound() throws Exception {
        assertThat(problems(WHOLE + "capacity: {drop-cost: 2, least-headrom: 1}"))
                .containsExactlyInAnyOrder(
                        "F:4: capacity wants answers",
                        "F:4: drop-cost wants a number from 0 to 1, not 2",
                        "F:4: there is no key least-headrom in capacity; it has answers, drop-cost, least-headroom");
        assertThat(problems(WHOLE + "capacity: {answers: 0/s}"))
                .containsExactlyInAnyOrder(
                        "F:4: nodes that answer nothing have no capacity: answers wants more than 0/s",
                        "F:4: capacity wants drop-cost");
        Path file = folder.resolve("whole.yaml");
        Files.writeString(file, WHOLE + "capacity: {answers: 4/s, drop-cost: 0.25, least-headroom: 1.2}");
        Scenario scenario = ScenarioReader.read(file);
        Capacity capacity = Objects.requireNonNull(scenario.capacity());
        assertThat(capacity.headroom(scenario.plan())).isEqualTo(4);
        assertThat(Capacity.amplification(scenario.plan())).isEqualTo(10);
        assertThat(capacity.bound(scenario.plan())).isEqualTo(3.25);
        assertThat(capacity.isWithin(scenario.plan())).isTrue();
        assertThat(new Capacity(4, 0.25, 1.3).isWithin(scenario.plan())).isFalse();
        assertThat(Cli.run("drill", "check", file).out()).contains("C = 4/s; h = C P / N = 4.00, A = P / T = 10.0");
    }

    @Test
    void whatIsWrongAboutAClusterOrItsFaultsIsTold() throws Exception {
        String whole = WHOLE.replace(NODES, "cluster: {nodes: 3, rate: 4000/s}\n");
        assertThat(problems(whole)).isEmpty();
        assertThat(problems(whole + """
                        nodes: {a: 127.0.0.1}
                        faults:
                          - {at: 50s, do: kill, node: n4, for: 11s}
                          - {at: 5s, do: slow, node: n1}
                          - {at: 5s, do: restart, node: all, for: 1s}
                          - {do: drown}
                          - {at: 5s, do: wipe, node: all-but-one}
                        """))
                .containsExactlyInAnyOrder(
                        "F:4: the drill starts its nodes by itself if there is a cluster: take nodes out",
                        "F:6: node wants one of n1, n2, n3, leader, follower, all, all-but-one, not n4",
                        "F:6: the fault ends after the scenario, which takes 60 s",
                        "F:7: a fault wants to",
                        "F:8: a node that is restarted is started as soon as it has ended: take for out, or kill it",
                        "F:9: a fault wants at",
                        "F:9: a fault wants node",
                        "F:9: do wants one of kill, wipe, stop, restart, slow, disk-full, slow-disk, push, loss, partition, mute, tcp, noise, clock, not drown",
                        "F:10: a fault wants for",
                        "F:10: a cluster without the data of a majority has lost its zones: wipe one node of three or five");
        assertThat(problems(whole + "faults: {at: 5s, do: wipe, node: leader, for: 5s}"))
                .isEmpty();
        assertThat(problems(whole + "faults: {at: 5s, do: push, node: follower, for: 5s}\npass: {mended: 5s}"))
                .isEmpty();
        assertThat(problems(whole.replace(", rate: 4000/s", "") + "faults: {at: 5s, do: loss, node: all, to: 80 %}"))
                .isEmpty();
        assertThat(problems(whole + "faults: [{at: 5s, do: loss, node: n1}, {at: 5s, do: loss, node: n1, to: 0 %}]"))
                .containsExactly("F:4: a fault wants to", "F:4: to wants 1 % to 100 %");
        assertThat(problems(whole + "faults: {at: 5s, do: push, node: all}"))
                .containsExactly(
                        "F:4: a fault wants for",
                        "F:4: a zone is pushed through one node: name it, or take leader or follower");
        assertThat(problems(whole + "faults: {at: 5s, do: disk-full, node: all}"))
                .isEmpty();
        assertThat(problems(whole + "faults: {at: 5s, do: slow-disk, node: leader, for: 5s}"))
                .isEmpty();
        assertThat(problems(whole + "faults: {at: 5s, do: slow-disk, node: n1, to: 50 %}"))
                .containsExactly("F:4: there is no key to in a fault; it has at, do, for, node");
        assertThat(problems(whole + "faults: [{at: 5s, do: slow-disk, node: n1}, {at: 6s, do: disk-full, node: n2}]"))
                .containsExactly(
                        "F:4: a node has a disk that can be full or one that can be slow: make two scenarios of them");
        assertThat(problems(whole + "faults: {at: 5s, do: disk-full, node: all, to: 50 %}"))
                .containsExactly("F:4: there is no key to in a fault; it has at, do, for, node");
        assertThat(problems(whole.replace("nodes: 3", "nodes: 1") + "faults: {at: 5s, do: wipe, node: n1, for: 5s}"))
                .hasSize(1);
        assertThat(problems(whole.replace("nodes: 3, rate: 4000/s", "nodes: 2, rate: 3/s")))
                .containsExactlyInAnyOrder(
                        "F:2: nodes wants one of 1, 3, 5, not 2", "F:2: rate wants 500/s to 1000000/s");
        assertThat(problems(whole.replace(", rate: 4000/s", "") + "faults: {at: 1s, do: slow, node: n1, to: 10 %}"))
                .containsExactly("F:4: slow is to a share of a rate: give the cluster one");
        assertThat(problems(WHOLE + "faults: {at: 1s, do: kill, node: n1}\npass: {deaths: 0}"))
                .containsExactlyInAnyOrder(
                        "F:4: a drill breaks only nodes of its own: faults want cluster instead of nodes",
                        "F:5: deaths is seen of nodes that the drill starts: it wants cluster instead of nodes");
    }

    @Test
    void noiseHasARateAndALogItsOwnBound() throws Exception {
        String cluster = "seconds: 60\ncluster: {}\ngroups: {g: " + GROUP + "}\n";
        Path file = folder.resolve("s.yaml");
        Files.writeString(
                file,
                cluster
                        + "faults: {at: 10s, do: noise, node: leader, for: 20s, rate: 100/s}\npass: {log-bounded: true}\n");
        Scenario scenario = ScenarioReader.read(file);
        assertThat(scenario.faults())
                .containsExactly(new Fault(
                        Duration.ofSeconds(10),
                        Fault.Kind.NOISE,
                        "leader",
                        Duration.ofSeconds(20),
                        1,
                        100,
                        Duration.ZERO));
        assertThat(scenario.clusterCriteria().getFirst().kind()).isEqualTo(ClusterCriterion.Kind.LOG_BOUNDED);
        assertThat(problems(cluster
                        + "faults: [{at: 1s, do: noise, node: n1}, {at: 1s, do: noise, node: n1, rate: 0/s}]\n"
                        + "pass: {log-bounded: 3}\n"))
                .containsExactlyInAnyOrder(
                        "F:4: a fault wants rate",
                        "F:4: rate wants 1/s to 1000/s, of each kind of noise",
                        "F:5: log-bounded wants one of true, not 3");
        assertThat(problems(cluster + "faults: {at: 1s, do: stop, node: n1, rate: 5/s}\n"))
                .containsExactly("F:4: there is no key rate in a fault; it has at, do, for, node");
    }

    @Test
    void slowConnectionsAreToOneNodeAndJudgedByTimeAndMemory() throws Exception {
        String cluster = "seconds: 60\ncluster: {}\ngroups: {g: " + GROUP + "}\n";
        String tcp = "faults: {at: 10s, do: tcp, node: leader, for: 20s}\n";
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, cluster + tcp + "pass: [{p99: 50ms, from: 10s, to: 30s}, {memory: 64 MiB}]\n");
        Scenario scenario = ScenarioReader.read(file);
        assertThat(scenario.faults())
                .containsExactly(new Fault(
                        Duration.ofSeconds(10),
                        Fault.Kind.TCP,
                        "leader",
                        Duration.ofSeconds(20),
                        1,
                        10_000,
                        Duration.ZERO));
        assertThat(scenario.clusterCriteria())
                .containsExactly(new ClusterCriterion(ClusterCriterion.Kind.MEMORY, 64 << 20, 10));
        assertThat(problems(cluster + tcp.replace("leader", "all") + "pass: [{p99: 0ms}, {memory: 64}]\n"))
                .containsExactlyInAnyOrder(
                        "F:4: slow connections are to one node: name it, or take leader or follower",
                        "F:5: p99 wants 1ms to 60s, not 0ms",
                        "F:5: memory wants a number from 1 MiB to 1048576 MiB, not 64");
        assertThat(problems(cluster + tcp.replace("for: 20s", "connections: 0")))
                .containsExactly("F:4: connections wants a number from 1 to 50000, not 0");
        assertThat(problems(cluster + tcp.replace("do: tcp", "do: stop, connections: 3")))
                .containsExactly("F:4: there is no key connections in a fault; it has at, do, for, node");
        assertThat(problems(WHOLE + "pass: {memory: 64 MiB}"))
                .containsExactly(
                        "F:4: memory is seen of nodes that the drill starts: it wants cluster instead of nodes");
    }

    @Test
    void aClockJumpsAheadOrBack() throws Exception {
        String cluster = "seconds: 60\ncluster: {}\ngroups: {g: " + GROUP + "}\n";
        String jump = "faults: {at: 10s, do: clock, node: leader, by: -1h, for: 20s}\n";
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, cluster + jump);
        assertThat(ScenarioReader.read(file).faults()).extracting(Fault::by).containsExactly(Duration.ofHours(-1));
        assertThat(ScenarioReader.read(file, new Scale(2, 2)).faults())
                .extracting(Fault::by)
                .containsExactly(Duration.ofHours(-1));
        assertThat(problems(cluster + jump.replace("leader", "all").replace("-1h", "90s")))
                .isEmpty();
        assertThat(problems(cluster + jump.replace("by: -1h, ", ""))).containsExactly("F:4: a fault wants by");
        for (String wrong : List.of("0s", "-9s", "25h", "10500ms", "--1h", "soon", "-")) {
            assertThat(problems(cluster + jump.replace("-1h", "'" + wrong + "'")))
                    .containsExactly(
                            "F:4: by wants whole seconds from 10s to 24h, with a minus for back, not " + wrong);
        }
        assertThat(problems(cluster + jump.replace("do: clock", "do: stop")))
                .containsExactly("F:4: there is no key by in a fault; it has at, do, for, node");
    }

    @Test
    void nodesAreCutFromOthersAndAgreeAfterTheLastFault() throws Exception {
        String cluster = "seconds: 60\ncluster: {}\ngroups: {g: " + GROUP + "}\n";
        String cut = "faults: {at: 10s, do: partition, node: leader, for: 20s}\n";
        assertThat(problems(cluster + cut + "pass: {agree: 30s}\n")).isEmpty();
        assertThat(problems(cluster + "faults: {at: 10s, do: mute, node: all, for: 20s}\npass: {agree: 1s}\n"))
                .isEmpty();
        assertThat(problems(cluster + cut + "pass: {agree: 31s}\n"))
                .containsExactly("F:5: the scenario ends 30 s after the last fault, before all nodes must agree");
        assertThat(problems(cluster + "pass: {agree: 10s}\n"))
                .containsExactly("F:4: agree counts from the end of the last fault, and there is none");
        assertThat(problems(cluster + cut.replace(", for: 20s", "") + "pass: {agree: 10s}\n"))
                .containsExactly(
                        "F:5: agree counts from the end of the last fault, and one has none: give each fault for");
        assertThat(problems(cluster.replace("{}", "{nodes: 1}") + cut))
                .containsExactly(
                        "F:4: a single node has no other to be cut from: give the cluster three nodes or five");
        assertThat(problems(WHOLE + "pass: {agree: 10s}\n"))
                .contains("F:4: agree is seen of nodes that the drill starts: it wants cluster instead of nodes");
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, cluster + cut + "pass: {agree: 15s}\n");
        assertThat(ScenarioReader.read(file, new Scale(2, 2)).clusterCriteria())
                .containsExactly(new ClusterCriterion(ClusterCriterion.Kind.AGREE, 15_000_000_000L, 60));
    }

    @Test
    void aPageIsAskedForWhereItCanComeAndBeJudged() throws Exception {
        String cluster = "seconds: 60\ncluster: {}\ngroups: {g: " + GROUP + "}\n";
        assertThat(problems(cluster + "silence: {from: 5s, for: 5s}\npass: {page-within: 55s}\n"))
                .isEmpty();
        assertThat(problems(cluster + "pass: [{page-within: 30s}, {no-page: false}]\n"))
                .containsExactly(
                        "F:4: page-within counts from the onset of a fault or of a silence, and there is none",
                        "F:4: no-page wants one of true, not false");
        assertThat(problems(cluster + "faults: {at: 40s, do: kill, node: leader}\npass: {page-within: 30s}\n"))
                .containsExactly("F:5: the scenario ends 20 s after that onset, before a page must have come");
    }

    @Test
    void theDesignOf2020IsOfNodesThatAreHeldToARate() throws Exception {
        String rest = "groups: {g: " + GROUP + "}\ndesign-2020: {from: 30s}\n";
        assertThat(problems("seconds: 60\ncluster: {rate: 2000/s}\n" + rest)).isEmpty();
        assertThat(problems("seconds: 60\ncluster: {}\n" + rest))
                .containsExactly(
                        "F:4: design-2020 is of nodes that the drill starts and holds to a rate: it wants cluster, with rate");
        assertThat(problems("seconds: 60\ncluster: {rate: 2000/s}\n" + rest.replace("{from: 30s}", "{goodput: 5 %}")))
                .containsExactly("F:4: design-2020 wants from");
    }

    @Test
    void aScenarioThatIsNeitherFileNorNameIsRefused() {
        Cli said = Cli.run("drill", "run", "d99");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("there is no file d99, and no scenario in ", "drill list");
    }

    @Test
    void theDesignIsOneThatTheScenarioSpeaksOf() throws Exception {
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, WHOLE);
        assertThat(Cli.run("drill", "run", file, "--design", "2019").err())
                .contains("--design wants evenkeel, 2020 or both, not 2019");
        Cli said = Cli.run("drill", "run", file, "--design", "both");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("does not say how the design of 2020 fails: it has no key design-2020");
    }

    @Test
    void aScaleMultipliesTimesDevicesAndWhatNodesCanDo() throws Exception {
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, """
                seconds: 60
                cluster: {nodes: 3, rate: 4000/s}
                groups: {g: {devices: 100, period: 10s, names: x A}}
                silence: {from: 10s, for: 5s}
                delay: {from: 20s, for: 1s, by: 100ms}
                faults: {at: 20s, do: kill, node: leader, for: 4s}
                pass: [{writes-back: 10s}, {goodput: 8/s}]
                """);
        Scenario scenario = ScenarioReader.read(file, new Scale(2, 2));
        assertThat(scenario.plan().seconds()).isEqualTo(120);
        assertThat(scenario.plan().devices()).isEqualTo(200);
        assertThat(scenario.plan().silences()).containsExactly(new FleetPlan.Silence(20_000_000_000L, 30_000_000_000L));
        assertThat(scenario.plan().delays())
                .containsExactly(new FleetPlan.Delay(40_000_000_000L, 42_000_000_000L, 100_000_000));
        assertThat(scenario.plan().groups().getFirst().periodNanos()).isEqualTo(10_000_000_000L);
        assertThat(scenario.cluster()).isEqualTo(new ClusterPlan(3, 8000));
        assertThat(scenario.faults())
                .containsExactly(new Fault(
                        Duration.ofSeconds(40), Fault.Kind.KILL, "leader", Duration.ofSeconds(8), 1, 0, Duration.ZERO));
        assertThat(scenario.clusterCriteria())
                .containsExactly(new ClusterCriterion(ClusterCriterion.Kind.WRITES_BACK, 10_000_000_000L, 20));
        assertThat(scenario.criteria().getFirst().result().text()).contains("at least 16.0/s, from second 0 to 120");
        Cli said = Cli.run("drill", "run", file, "--scale", "0.05");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("--scale wants 0.1 to 100, not 0.05");
        assertThat(Cli.run("drill", "run", file, "--times", "101").err()).contains("--times wants 0.1 to 100, not 101");
    }

    @Test
    void timesGrowWithoutDevices() throws Exception {
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, """
                seconds: 60
                cluster: {nodes: 3, rate: 4000/s}
                groups: {g: {devices: 100, period: 10s, names: x A}}
                silence: {from: 10s, for: 5s}
                faults: {at: 20s, do: kill, node: leader, for: 4s}
                design-2020: {from: 30s}
                pass: [{first-try: 99 %, from: 40s, to: 50s}, {goodput: 8/s}]
                """);
        Scenario scenario = ScenarioReader.read(file, new Scale(4.5, 1));
        assertThat(scenario.plan().seconds()).isEqualTo(270);
        assertThat(scenario.plan().devices()).isEqualTo(100);
        assertThat(scenario.plan().silences()).containsExactly(new FleetPlan.Silence(45_000_000_000L, 67_500_000_000L));
        assertThat(scenario.cluster()).isEqualTo(new ClusterPlan(3, 4000));
        assertThat(scenario.faults())
                .containsExactly(new Fault(
                        Duration.ofSeconds(90),
                        Fault.Kind.KILL,
                        "leader",
                        Duration.ofSeconds(18),
                        1,
                        0,
                        Duration.ZERO));
        assertThat(scenario.criteria().getFirst().result().text()).contains("from second 180 to 225");
        assertThat(scenario.criteria().getLast().result().text()).contains("at least 8.0/s, from second 0 to 270");
    }

    @Test
    void aListHasALineForEachScenario() {
        Cli said = Cli.run("drill", "list", "drills");
        assertThat(said.code()).isZero();
        assertThat(said.out().lines())
                .anySatisfy(line -> assertThat(line)
                        .contains("d02-each-node-killed.yaml")
                        .contains("3 of its own")
                        .contains("killed in turn"))
                .anySatisfy(line -> assertThat(line).contains("calm.yaml").contains("of yours"));
        assertThat(Cli.run("drill", "list", folder.resolve("none")).code()).isEqualTo(2);
        assertThat(Cli.run("drill", "list", folder).out()).contains("there is no scenario");
    }

    @Test
    void aFileThatIsNotThereOrNoScenarioEndsWithCodeTwo() throws Exception {
        Cli missing = Cli.run("drill", "run", folder.resolve("none.yaml"));
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err()).contains("no such file");
        Path huge = folder.resolve("huge.yaml");
        Files.writeString(huge, "#".repeat((1 << 20) + 1));
        assertThat(Cli.run("drill", "check", huge).err()).contains("larger than 1 MiB");
    }
}
