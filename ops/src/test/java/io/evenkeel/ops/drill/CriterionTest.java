package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.fleet.Delays;
import io.evenkeel.ops.fleet.FleetCounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CriterionTest {
    private static final Map<String, Double> IN_TIME = Map.of("p99", 1.0);

    @TempDir
    private Path folder;

    private Scenario scenario(String pass) throws Exception {
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, """
                seconds: 20
                nodes: {a: 127.0.0.1:5301}
                groups:
                  g: {devices: 100, period: 10s, names: x A}
                  h: {devices: 100, period: 10s, names: x A}
                silence: {from: 5s, for: 5s}
                pass:
                """ + pass);
        return ScenarioReader.read(file);
    }

    private static FleetCounts second(int number, int firstAnswered, int firstInVain, int waiting, int sent) {
        return second(number, firstAnswered, firstInVain, waiting, sent, 0, 0);
    }

    private static FleetCounts second(
            int number, int firstAnswered, int firstInVain, int waiting, int sent, int prompt, int calls) {
        FleetCounts.Part part = new FleetCounts.Part(
                "g",
                waiting,
                sent,
                0,
                sent,
                firstAnswered,
                firstInVain,
                firstAnswered,
                firstAnswered,
                Map.of(),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                calls,
                prompt,
                Map.of(),
                Map.of(),
                firstTries(firstAnswered));
        FleetCounts.Part none = new FleetCounts.Part(
                "h",
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                Map.of(),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                Map.of(),
                Map.of(),
                new Delays());
        return new FleetCounts(number, part, List.of(part, none), List.of(), IN_TIME, 0.1);
    }

    /** The last one of them took a second, the others a millisecond. */
    private static Delays firstTries(int count) {
        Delays tries = new Delays(2);
        for (int i = 1; i <= count; i++) {
            tries.add(i < count ? 1_000_000 : 1_000_000_000);
        }
        return tries;
    }

    /** Half of first tries in vain up to second 10, all waiting until 12, then calm. */
    private Verdict judged(String pass) throws Exception {
        Scenario scenario = scenario(pass);
        for (int i = 1; i <= 20; i++) {
            FleetCounts second = i <= 10 ? second(i, 10, 10, 200, 40) : second(i, 20, 0, i <= 12 ? 150 : 2, 20);
            scenario.criteria().forEach(criterion -> criterion.second(second));
        }
        return Verdict.of(scenario, second(20, 1, 0, 0, 1), false, null, null);
    }

    @Test
    void eachIsMeasuredInItsWindow() throws Exception {
        Verdict good = judged("""
                  - {first-try: 50 %, to: 10s}
                  - {first-try: 100 %, from: 10s}
                  - {first-try: 75 %, group: g}
                  - {waiting: 1 %, within: 3s}
                  - {waiting: 1 %, from: 12s}
                  - {waiting: 100 %}
                  - {amplification: 2, to: 10s}
                  - {amplification: 1.5}
                  - {goodput: 15/s}
                  - {p99: 1010ms}
                """);
        assertThat(good.reasons()).isEmpty();
        assertThat(good.kind()).isEqualTo(Verdict.Kind.PASSED);
        Verdict bad = judged("""
                  - {first-try: 50.1 %, to: 10s}
                  - {first-try: 75.1 %, group: g}
                  - {waiting: 1 %, within: 2s}
                  - {waiting: 1 %, from: 11s}
                  - {amplification: 1.9, to: 10s}
                  - {goodput: 16/s}
                  - {first-try: 0 %, group: h}
                  - {p99: 1s, from: 10s}
                  - {p99: 1s, group: h}
                """);
        assertThat(bad.kind()).isEqualTo(Verdict.Kind.FAILED);
        assertThat(bad.reasons())
                .containsExactly(
                        "first-try at least 50.10 %, from second 0 to 10: 50.00 %",
                        "first-try of g at least 75.10 %, from second 0 to 20: 75.00 %",
                        "waiting at most 1.00 %, in one second within 2 s of the silence: 75.00 %",
                        "waiting at most 1.00 %, from second 11 to 20: 75.00 %",
                        "amplification at most 1.90, from second 0 to 10: 2.00",
                        "goodput at least 16.00/s, from second 0 to 20: 15.00/s".replace(".00/s", ".0/s"),
                        "first-try of h at least 0.00 %, from second 0 to 20: nothing to measure",
                        "p99 at most 1000.0 ms, from second 10 to 20: 1002.4 ms",
                        "p99 of h at most 1000.0 ms, from second 0 to 20: nothing to measure");
    }

    /** Of second {@code number}: so many first tries in vain of 20, and so many of 200 devices that wait. */
    private record Look(int number, int inVain, int waiting) {}

    private Verdict judgedWith(String pass, Look... unlike) throws Exception {
        Scenario scenario = scenario(pass);
        for (int i = 1; i <= 20; i++) {
            int number = i;
            Look look = Stream.of(unlike)
                    .filter(each -> each.number == number)
                    .findFirst()
                    .orElse(new Look(i, 0, i <= 12 ? 150 : 0));
            FleetCounts second = second(i, 20 - look.inVain, look.inVain, look.waiting, 20);
            scenario.criteria().forEach(criterion -> criterion.second(second));
        }
        return Verdict.of(scenario, second(20, 1, 0, 0, 1), false, null, null);
    }

    @Test
    void theEchoIsJudgedFromTheSecondOnInWhichTheCrowdHasDrained() throws Exception {
        String echo = "  - {first-try: 99 %, after-drain: 5s}\n";
        assertThat(judgedWith(echo).kind()).isEqualTo(Verdict.Kind.PASSED);
        assertThat(judgedWith(echo, new Look(4, 20, 0), new Look(13, 20, 3)).kind())
                .as("what came to its end before, in the second that drained it, too")
                .isEqualTo(Verdict.Kind.PASSED);
        assertThat(judgedWith(echo, new Look(19, 20, 200)).kind()).as("later").isEqualTo(Verdict.Kind.PASSED);
        for (int second : new int[] {14, 18}) {
            assertThat(judgedWith(echo, new Look(second, 2, 100)).reasons())
                    .as("the crowd of the next period in second %d", second)
                    .containsExactly(
                            "first-try at least 99.00 %, for 5 s after the crowd of the silence has drained: 98.00 %");
        }
        assertThat(judgedWith(echo, new Look(13, 0, 4), new Look(14, 20, 0)).kind())
                .as("2 % wait in second 13, which is not less than that")
                .isEqualTo(Verdict.Kind.PASSED);
    }

    @Test
    void aFleetThatDrainsTooLateOrNeverHasNoEchoToJudge() throws Exception {
        Look[] late = IntStream.rangeClosed(11, 16)
                .mapToObj(second -> new Look(second, 0, 200))
                .toArray(Look[]::new);
        assertThat(judgedWith("  - {first-try: 99 %, after-drain: 5s}", late).reasons())
                .containsExactly(
                        "first-try at least 99.00 %, for 5 s after the crowd of the silence has drained: 100.00 %,"
                                + " but it drained in second 17, so that the run was over before");
        Look[] never = IntStream.rangeClosed(11, 20)
                .mapToObj(second -> new Look(second, 0, 200))
                .toArray(Look[]::new);
        assertThat(judgedWith("  - {first-try: 0 %, after-drain: 5s}", never).reasons())
                .containsExactly(
                        "first-try at least 0.00 %, for 5 s after the crowd of the silence has drained: it never drained");
    }

    @Test
    void aFleetThatWasTheBottleneckProvesNothing() throws Exception {
        Scenario scenario = scenario("  - {first-try: 99 %}");
        FleetCounts good = second(20, 1, 0, 0, 1);
        FleetCounts late = new FleetCounts(20, good.all(), good.groups(), List.of(), Map.of("p99", 10.1), 0.5);
        FleetCounts busy = new FleetCounts(20, good.all(), good.groups(), List.of(), IN_TIME, 0.91);
        assertThat(Verdict.of(scenario, late, false, null, null).reasons().toString())
                .contains("too slow for the fleet")
                .contains("10.1 ms");
        assertThat(Verdict.of(scenario, busy, false, null, null).reasons().toString())
                .contains("91 % of a core");
        assertThat(Verdict.of(scenario, good, true, null, null).kind()).isEqualTo(Verdict.Kind.VOID);
        assertThat(Verdict.of(scenario, late, false, null, null).kind()).isEqualTo(Verdict.Kind.VOID);
        assertThat(Verdict.of(scenario, good, false, "no sources", null).kind()).isEqualTo(Verdict.Kind.FAILED);
    }

    @Test
    void callsHomeArePromptAndSecondsAfterAFaultDoNotCount() throws Exception {
        Path file = folder.resolve("f.yaml");
        Files.writeString(file, """
                seconds: 20
                cluster: {nodes: 3}
                groups:
                  g: {devices: 200, period: 10s, names: x A}
                faults:
                  - {at: 4s, do: kill, node: leader, for: 2s}
                  - {at: 11500ms, do: stop, node: n2, for: 2s}
                pass:
                  - {success: 90 %, not-within: 2s}
                  - {success: 90 %}
                  - {waiting: 2 %, within: 3s}
                """);
        Scenario scenario = ScenarioReader.read(file);
        for (int i = 1; i <= 20; i++) {
            boolean bad = i == 5 || i == 6 || i == 12 || i == 13 || i == 14;
            FleetCounts second = second(i, 18, 2, i < 15 ? 100 : 0, 20, bad ? 0 : 18, 20);
            scenario.criteria().forEach(criterion -> criterion.second(second));
        }
        Verdict verdict = Verdict.of(scenario, second(20, 1, 0, 0, 1), false, null, null);
        assertThat(verdict.results().stream().map(each -> each.text() + ": " + each.figure()))
                .containsExactly(
                        "success at least 90.00 %, from second 0 to 20, but for 2 s from each fault on: 90.00 %",
                        "success at least 90.00 %, from second 0 to 20: 67.50 %",
                        "waiting at most 2.00 %, in one second within 3 s of the last fault: 0.00 %");
        assertThat(verdict.results().stream().map(Criterion.Result::passed)).containsExactly(true, false, true);
    }
}
