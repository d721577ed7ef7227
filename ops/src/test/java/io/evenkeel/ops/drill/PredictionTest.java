package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.drill.ClusterBooks.Moment;
import io.evenkeel.ops.fleet.StormModel;
import io.evenkeel.ops.verb.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictionTest {
    private static final int SECONDS = 40;
    private static final List<Double> RATES = List.of(1000.0, 1000.0, 1000.0);

    @TempDir
    private Path folder;

    /** Three nodes, and 3,000 devices, of which each asks one node. */
    private Scenario scenario(String more) throws Exception {
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, """
                seconds: %d
                cluster: {nodes: 3, rate: 1000/s}
                groups:
                  g: {devices: 3000, period: 10s, jitter: 25 %%, names: x A, on-icmp: wait}
                %s
                """.formatted(SECONDS, more));
        return ScenarioReader.read(file);
    }

    private static Prediction of(Scenario scenario, List<Moment> moments, List<Long> waited) throws Exception {
        return Objects.requireNonNull(Prediction.of(scenario, Design.EVENKEEL, RATES, moments, waited, false));
    }

    private static List<Long> waited(int... levels) {
        List<Long> waited = new ArrayList<>();
        for (int i = 0; i < levels.length; i += 2) {
            waited.addAll(Collections.nCopies(levels[i], (long) levels[i + 1]));
        }
        return waited;
    }

    private static Moment moment(double second, String node, String what, Moment.Kind kind) {
        return new Moment(second, node, what, kind);
    }

    @Test
    void aFleetHasRecoveredOnceFewWaitForTenSeconds() {
        assertThat(Prediction.recovery(waited(30, 100, 6, 50, 1, 1, 20, 0), 1000, 30))
                .as("at the end of second 37")
                .isEqualTo(7);
        assertThat(Prediction.recovery(waited(30, 0, 10, 0), 1000, 30)).isZero();
        assertThat(Prediction.recovery(waited(32, 100, 9, 0, 1, 20, 12, 0), 1000, 30.5))
                .as("2 %% of the devices are too many")
                .isEqualTo(12.5);
        assertThat(Prediction.recovery(waited(30, 100, 9, 0), 1000, 30)).isNaN();
        assertThat(Prediction.recovery(waited(30, 0), 1000, Double.NaN)).isNaN();
    }

    private static String text(String unknown, double after, double measured, double modelled) {
        return new Prediction(unknown, List.of(), List.of(), after, measured, modelled).text();
    }

    @Test
    void bothTimesAreToldAndALargeDifference() {
        assertThat(text("", 30, 7, 6)).isEqualTo("Waiting < 2 % after 7 s; the model says 6 s.");
        assertThat(text("", 30, 3, 1)).doesNotContain("twice");
        assertThat(text("", 30, 20, 10)).doesNotContain("twice");
        assertThat(text("", 30, 20.5, 10))
                .isEqualTo(
                        "Waiting < 2 % after 20.5 s; the model says 10 s. It took more than twice as long as by the model.");
        assertThat(text("", 30, 1, 4)).endsWith("It took less than half as long as by the model.");
        assertThat(text("", 30, Double.NaN, 4))
                .isEqualTo(
                        "Waiting < 2 % at no time for good; the model says 4 s. By the model the fleet recovers, and it did not.");
        assertThat(text("", 30, 4, Double.NaN))
                .isEqualTo(
                        "Waiting < 2 % after 4 s; the model says never. By the model the fleet does not recover, and it did.");
        assertThat(text("", 30, Double.NaN, Double.NaN))
                .isEqualTo("Waiting < 2 % at no time for good; the model says never.");
        assertThat(text("", Double.NaN, Double.NaN, Double.NaN)).isEmpty();
    }

    @Test
    void aSilenceIsModelledWithoutMoments() throws Exception {
        Prediction prediction = of(scenario("silence: {from: 10s, for: 15s}"), List.of(), waited(25, 3000, 15, 0));
        assertThat(prediction.measured()).isEqualTo(1);
        assertThat(prediction.modelled()).isBetween(1.0, 4.0);
        assertThat(prediction.goodput()).hasSize(SECONDS);
        assertThat(prediction.goodput().get(23)).isZero();
        assertThat(prediction.waiting().get(23)).isEqualTo(3000);
        assertThat(prediction.toMap()).containsEntry("after", 25.0).containsEntry("measuredSeconds", 1.0);
    }

    @Test
    void aFaultHitsTheNodeThatItHitInTheRun() throws Exception {
        Scenario scenario = scenario("faults: {at: 10s, do: kill, node: leader, for: 5s}");
        List<Moment> moments = List.of(
                moment(0.1, "n2", "leader", Moment.Kind.ROLE),
                moment(10.2, "n2", Fault.Kind.KILL.done(), Moment.Kind.FAULT),
                moment(15.2, "n2", Fault.Kind.KILL.undone(), Moment.Kind.UNDONE),
                moment(18, "n2", FaultRun.READY, Moment.Kind.SAID));
        Prediction killed = of(scenario, moments, waited(40, 0));
        assertThat(killed.waiting().get(9)).isZero();
        assertThat(killed.waiting().get(14))
                .as("four seconds of a third of 300")
                .isBetween(300L, 500L);
        assertThat(killed.modelled()).as("from second 15 until it is ready").isBetween(3.0, 5.0);
        assertThat(of(scenario, moments.subList(0, 1), waited(40, 0)).waiting())
                .as("a fault that could not be done")
                .allMatch(waiting -> waiting == 0);
    }

    @Test
    void slowedAndLossyNodesKeepTheShareOfTheirFault() throws Exception {
        Scenario scenario = scenario("""
                faults:
                  - {at: 5s, do: slow, node: n1, to: 2 %, for: 10s}
                  - {at: 20s, do: slow, node: n1, to: 90 %, for: 5s}
                  - {at: 30s, do: loss, node: all, to: 50 %, for: 5s}
                """);
        List<Moment> moments = new ArrayList<>(List.of(
                moment(5, "n1", "slowed", Moment.Kind.FAULT),
                moment(15, "n1", "as fast as before", Moment.Kind.UNDONE),
                moment(20, "n1", "slowed", Moment.Kind.FAULT),
                moment(25, "n1", "as fast as before", Moment.Kind.UNDONE)));
        for (String node : List.of("n1", "n2", "n3")) {
            moments.add(moment(30, node, "loses messages", Moment.Kind.FAULT));
            moments.add(moment(35, node, "loses no messages any more", Moment.Kind.UNDONE));
        }
        List<Long> waiting = of(scenario, moments, waited(40, 0)).waiting();
        assertThat(waiting.get(8)).isPositive();
        assertThat(waiting.get(23)).isZero();
        assertThat(waiting.get(32)).isBetween(200L, 1500L);
        assertThat(waiting.get(38)).isLessThan(60);
    }

    @Test
    void thereIsNoModelOfAFaultThatItDoesNotKnowNorOfNodesWithoutARate() throws Exception {
        Scenario scenario = scenario("faults: {at: 10s, do: push, node: n1, for: 5s}");
        Prediction prediction = of(scenario, List.of(), waited(40, 0));
        assertThat(prediction.text())
                .isEqualTo("Waiting < 2 % after 0 s; there is no model of this run: the model does not know push.");
        assertThat(prediction.curves()).isEmpty();
        assertThat(Prediction.of(scenario, Design.EVENKEEL, List.of(), List.of(), List.of(), false))
                .isNull();
        Prediction ended =
                Objects.requireNonNull(Prediction.of(scenario(""), Design.EVENKEEL, RATES, List.of(), List.of(), true));
        assertThat(ended.text()).isEqualTo("There is no model of this run: the run was ended.");
    }

    @Test
    void theDesignOf2020StaysBehindItsQueue() throws Exception {
        Scenario scenario = scenario("silence: {from: 5s, for: 15s}\ncapacity: {answers: 3000/s, drop-cost: 0.2}");
        Prediction old = Objects.requireNonNull(Prediction.of(
                scenario, Design.OF_2020, List.of(200.0, 200.0, 200.0), List.of(), waited(40, 3000), false));
        assertThat(old.modelled()).isNaN();
        assertThat(old.differs()).isFalse();
        assertThat(old.goodput().getLast()).isZero();
    }

    private String page(Scenario scenario, @Nullable Prediction prediction) throws Exception {
        Verdict verdict = new Verdict(Verdict.Kind.PASSED, List.of(), List.of());
        Report report = Report.to(folder.resolve("r.html"), scenario);
        Report.Run run = report.begin(Design.EVENKEEL);
        StormModel.run(scenario.plan(), new StormModel.Nodes(RATES, true, 0, 0), List.of(), run::second);
        run.end(verdict, Map.of("recovery", prediction == null ? Map.of() : prediction.toMap()), null, prediction);
        report.write(verdict);
        return Files.readString(folder.resolve("r.html"));
    }

    @Test
    void theReportHasBothCurvesAndBothTimes() throws Exception {
        Scenario scenario = scenario("silence: {from: 10s, for: 15s}");
        Prediction prediction = of(scenario, List.of(), waited(25, 3000, 15, 0));
        String html = page(scenario, prediction);
        assertThat(html)
                .contains("<p class=\"alike\">Waiting &lt; 2 % after 1 s; the model says")
                .contains("<span class=\"model\">- - all, by the model</span>")
                .contains("stroke-dasharray")
                .contains("--model: #")
                .doesNotContain("{cells}");
        assertThat(html.split("<polyline class=\"model\"", -1))
                .as("goodput and waiting")
                .hasSize(3);
        JsonNode json = Json.MAPPER.readTree(Files.readAllBytes(folder.resolve("r.json")));
        assertThat(json.at("/model/goodput").size()).isEqualTo(SECONDS);
        assertThat(json.at("/model/waiting/23").asInt()).isEqualTo(3000);
        assertThat(json.at("/result/recovery/modelSeconds").asDouble()).isEqualTo(prediction.modelled());
    }

    @Test
    void aReportWithoutAModelSaysWhy() throws Exception {
        Scenario scenario = scenario("faults: {at: 10s, do: push, node: n1, for: 5s}");
        assertThat(page(scenario, of(scenario, List.of(), waited(40, 0))))
                .contains("the model does not know push.")
                .doesNotContain("<polyline class=\"model\"");
        assertThat(page(scenario, null)).doesNotContain("model of this run", "<polyline class=\"model\"");
    }
}
