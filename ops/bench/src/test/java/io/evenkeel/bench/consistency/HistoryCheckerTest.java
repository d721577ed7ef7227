package io.evenkeel.bench.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.consistency.Event.Outcome;
import io.evenkeel.bench.consistency.Violations.Kind;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sound history passes, and each kind of fault is found where it was planted, and nothing else. */
class HistoryCheckerTest {
    private static final String ZONE = "registers.example.";

    @TempDir
    private Path folder = Path.of("");

    private final List<Event> events = new ArrayList<>();
    private long clock;

    private long tick() {
        return ++clock * 1_000;
    }

    private void add(Event event) {
        events.add(event.endingAt(tick()));
    }

    /** @param serialOrVersion of the zone; in these tests both count together */
    private void change(
            int op, String node, Outcome outcome, long serialOrVersion, long base, boolean removes, String... keys) {
        boolean told = outcome == Outcome.ACKNOWLEDGED;
        add(new Event.Change(
                op,
                1,
                node,
                ZONE,
                List.of(keys),
                removes,
                outcome,
                told ? 204 : outcome == Outcome.REFUSED ? 422 : 202,
                base,
                told ? serialOrVersion : -1,
                false,
                tick(),
                0,
                ""));
    }

    private void acknowledged(int op, String node, long version, String... keys) {
        change(op, node, Outcome.ACKNOWLEDGED, version, -1, false, keys);
    }

    private void read(String node, long first, long last, Map<String, List<String>> seen) {
        add(new Event.Read(2, node, "dns", ZONE, first, last, -1, false, false, seen, tick(), 0));
    }

    private void stale(String node, long serial, Map<String, List<String>> seen) {
        add(new Event.Read(2, node, "dns", ZONE, serial, serial, -1, false, true, seen, tick(), 0));
    }

    private void readVersion(String node, long version, Map<String, List<String>> seen) {
        add(new Event.Read(2, node, "api", ZONE, version, version, version, false, false, seen, tick(), 0));
    }

    private static Map<String, List<String>> holds(String key, String... records) {
        return Map.of(key, List.of(records));
    }

    private HistoryChecker.Verdict check() throws IOException {
        Path file = folder.resolve("history.jsonl");
        Files.write(file, events.stream().map(Json::line).toList());
        return HistoryChecker.check(file);
    }

    private void expect(Kind... kinds) throws IOException {
        HistoryChecker.Verdict verdict = check();
        assertThat(verdict.violations().keySet()).as("%s", verdict.examples()).containsExactlyInAnyOrder(kinds);
        for (Violations.Violation example : verdict.examples()) {
            assertThat(example.lines()).isNotEmpty().allMatch(line -> line.contains("event"));
        }
    }

    @Test
    void soundHistoryPasses() throws IOException {
        read("n1", 1, 1, holds("r1/TXT"));
        acknowledged(1, "n1", 2, "r1/TXT");
        read("n1", 2, 2, holds("r1/TXT", "w1.1.2", "w1.2.2"));
        read("n2", 1, 1, holds("r1/TXT")); // another node may lag
        change(2, "n2", Outcome.UNKNOWN, -1, -1, false, "r1/TXT");
        read("n2", 2, 2, holds("r1/TXT", "w1.1.2", "w1.2.2"));
        readVersion("n2", 3, holds("r1/TXT", "w2.1.1")); // the unknown one came after all
        change(3, "n3", Outcome.REFUSED, -1, -1, false, "r1/TXT", "r2/TXT");
        change(4, "n3", Outcome.ACKNOWLEDGED, 4, 3, false, "r1/TXT");
        change(5, "n3", Outcome.ACKNOWLEDGED, 5, -1, true, "r1/TXT");
        readVersion("n3", 5, holds("r1/TXT"));
        acknowledged(6, "n1", 6, "s1/TXT#w6.1.1");
        acknowledged(7, "n2", 7, "s1/TXT#w7.1.1");
        readVersion("n3", 7, holds("s1/TXT", "w6.1.1", "w7.1.1"));
        change(8, "n2", Outcome.ACKNOWLEDGED, 8, -1, true, "s1/TXT#w6.1.1");
        readVersion("n2", 8, holds("s1/TXT", "w7.1.1"));
        acknowledged(9, "n1", 9, "g1/TXT", "g1/A");
        acknowledged(9, "n3", 9, "g1/TXT", "g1/A"); // the same request, asked again
        readVersion("n1", 9, Map.of("g1/TXT", List.of("w9.1.1"), "g1/A", List.of("w9.1.1")));
        add(new Event.Digest("n1", 9, "ab", tick(), 0));
        add(new Event.Digest("n2", 9, "ab", tick(), 0));
        add(new Event.Fault("kill n1", tick(), 0));
        expect();
        HistoryChecker.Verdict verdict = check();
        assertThat(verdict.counts())
                .containsEntry("changes acknowledged", 8)
                .containsEntry("changes refused", 1)
                .containsEntry("changes unknown", 1)
                .containsEntry("fault: kill", 1);
    }

    @Test
    void unknownChangesMayStayAway() throws IOException {
        change(1, "n1", Outcome.UNKNOWN, -1, -1, false, "r1/TXT");
        change(2, "n1", Outcome.UNKNOWN, -1, -1, true, "r1/TXT");
        readVersion("n1", 2, holds("r1/TXT"));
        readVersion("n2", 3, holds("r1/TXT", "w1.1.1"));
        readVersion("n3", 4, holds("r1/TXT"));
        expect();
    }

    @Test
    void lostAcknowledgedChangeIsFound() throws IOException {
        acknowledged(1, "n1", 2, "r1/TXT");
        readVersion("n3", 3, holds("r1/TXT"));
        expect(Kind.ACKNOWLEDGED_CHANGE_LOST);
    }

    @Test
    void lostOverwriteIsFound() throws IOException {
        acknowledged(1, "n1", 2, "r1/TXT");
        acknowledged(2, "n2", 4, "r1/TXT");
        readVersion("n3", 4, holds("r1/TXT", "w1.1.1"));
        expect(Kind.ACKNOWLEDGED_CHANGE_LOST);
    }

    @Test
    void recordLostAmongOthersIsFound() throws IOException {
        acknowledged(1, "n1", 2, "s1/TXT#w1.1.1");
        acknowledged(2, "n2", 3, "s1/TXT#w2.1.1");
        readVersion("n3", 5, holds("s1/TXT", "w2.1.1"));
        expect(Kind.ACKNOWLEDGED_CHANGE_LOST);
    }

    @Test
    void lossIsFoundInWholeZoneThatNamesNothing() throws IOException {
        acknowledged(1, "n1", 2, "r1/TXT");
        add(new Event.Read(0, "n2", "export", ZONE, 9, 9, 9, true, false, Map.of(), tick(), 0));
        expect(Kind.ACKNOWLEDGED_CHANGE_LOST);
    }

    @Test
    void visibleRefusalIsFound() throws IOException {
        change(1, "n1", Outcome.REFUSED, -1, -1, false, "r1/TXT");
        read("n2", 3, 3, holds("r1/TXT", "w1.1.1"));
        expect(Kind.REFUSED_CHANGE_VISIBLE);
    }

    @Test
    void refusedRecordIsFound() throws IOException {
        change(1, "n1", Outcome.REFUSED, -1, -1, false, "s1/TXT#w1.1.1");
        read("n2", 3, 3, holds("s1/TXT", "w1.1.1"));
        expect(Kind.REFUSED_CHANGE_VISIBLE);
    }

    @Test
    void unknownChangeThatComesTwiceIsFound() throws IOException {
        change(1, "n1", Outcome.UNKNOWN, -1, -1, false, "r1/TXT");
        change(2, "n1", Outcome.UNKNOWN, -1, -1, false, "r1/TXT");
        read("n2", 3, 3, holds("r1/TXT", "w1.1.1"));
        read("n3", 6, 6, holds("r1/TXT", "w1.1.1"));
        read("n2", 5, 5, holds("r1/TXT", "w2.1.1")); // seen last, lies between
        expect(Kind.CHANGED_TWICE);
    }

    @Test
    void removedRecordThatComesBackIsFound() throws IOException {
        change(1, "n1", Outcome.UNKNOWN, -1, -1, false, "s1/TXT#w1.1.1");
        change(2, "n1", Outcome.UNKNOWN, -1, -1, true, "s1/TXT#w1.1.1");
        read("n2", 3, 3, holds("s1/TXT", "w1.1.1"));
        read("n2", 4, 4, holds("s1/TXT"));
        read("n2", 5, 5, holds("s1/TXT", "w1.1.1"));
        expect(Kind.CHANGED_TWICE);
    }

    @Test
    void repeatedRequestWithAnotherOutcomeIsFound() throws IOException {
        acknowledged(1, "n1", 2, "r1/TXT");
        acknowledged(1, "n2", 7, "r1/TXT");
        expect(Kind.CHANGED_TWICE);
    }

    @Test
    void mixedRRsetIsFound() throws IOException {
        acknowledged(1, "n1", 2, "r1/TXT");
        acknowledged(2, "n2", 2, "r1/TXT");
        read("n1", 2, 2, holds("r1/TXT", "w1.1.2", "w2.2.2"));
        expect(Kind.HALF_CHANGED);
    }

    @Test
    void shortRRsetIsFound() throws IOException {
        acknowledged(1, "n1", 2, "r1/TXT");
        read("n1", 2, 2, holds("r1/TXT", "w1.1.2"));
        expect(Kind.HALF_CHANGED);
    }

    @Test
    void halfOfManyRRsetsIsFound() throws IOException {
        change(1, "n1", Outcome.UNKNOWN, -1, -1, false, "g1/TXT", "g1/A");
        read("n2", 2, 2, Map.of("g1/TXT", List.of("w1.1.1"), "g1/A", List.of()));
        expect(Kind.HALF_CHANGED);
    }

    @Test
    void twoHalvesFromTwoVersionsAreNoFault() throws IOException {
        change(1, "n1", Outcome.UNKNOWN, -1, -1, false, "g1/TXT", "g1/A");
        read("n2", 2, 3, Map.of("g1/TXT", List.of(), "g1/A", List.of("w1.1.1")));
        expect();
    }

    @Test
    void serialThatGoesBackIsFound() throws IOException {
        read("n1", 5, 5, holds("r1/TXT"));
        read("n2", 4, 4, holds("r1/TXT"));
        expect();
        read("n1", 4, 4, holds("r1/TXT"));
        expect(Kind.SERIAL_WENT_BACK);
    }

    @Test
    void serialThatGoesBackInAnAnswerToldAsStaleIsNoFault() throws IOException {
        read("n1", 5, 5, holds("r1/TXT"));
        stale("n1", 4, holds("r1/TXT"));
        read("n1", 5, 5, holds("r1/TXT"));
        expect();
        read("n1", 4, 4, holds("r1/TXT"));
        expect(Kind.SERIAL_WENT_BACK);
    }

    @Test
    void ownChangeUnseenInAnAnswerToldAsStaleIsNoFaultButWhatNobodyWroteIs() throws IOException {
        acknowledged(1, "n1", 2, "r1/TXT");
        stale("n1", 1, holds("r1/TXT"));
        expect();
        stale("n1", 1, holds("r1/TXT", "w2.1.1"));
        expect(Kind.FROM_NOWHERE, Kind.REPLICAS_DIFFER);
    }

    @Test
    void serialThatGoesBackWithinOneReadIsFound() throws IOException {
        read("n1", 5, 4, holds("r1/TXT"));
        expect(Kind.SERIAL_WENT_BACK);
    }

    @Test
    void indexOfTheLogThatGoesBackIsFound() throws IOException {
        add(new Event.Digest("n1", 9, "ab", tick(), 0));
        add(new Event.Digest("n1", 8, "cd", tick(), 0));
        expect(Kind.SERIAL_WENT_BACK);
    }

    @Test
    void ownChangeThatIsUnseenIsFound() throws IOException {
        acknowledged(1, "n1", 2, "r1/TXT");
        read("n1", 1, 1, holds("r1/TXT"));
        expect(Kind.OWN_CHANGE_UNSEEN);
    }

    @Test
    void ownChangeUnseenBehindAnOlderOneIsFound() throws IOException {
        acknowledged(1, "n1", 2, "r1/TXT");
        acknowledged(2, "n1", 3, "r1/TXT");
        readVersion("n1", 2, holds("r1/TXT", "w1.1.1"));
        expect(Kind.OWN_CHANGE_UNSEEN);
    }

    @Test
    void ownChangeThatTheNodeSaidToShowLaterIsNoFault() throws IOException {
        add(new Event.Change(
                1, 1, "n1", ZONE, List.of("r1/TXT"), false, Outcome.ACKNOWLEDGED, 204, -1, 2, true, tick(), 0, ""));
        read("n1", 1, 1, holds("r1/TXT"));
        expect();
    }

    @Test
    void ownZoneThatIsNotThereIsFound() throws IOException {
        acknowledged(1, "n1", -1, "@/TXT");
        read("n1", -1, -1, holds("@/TXT"));
        expect(Kind.OWN_CHANGE_UNSEEN);
    }

    @Test
    void ownZoneThatIsStillThereIsFound() throws IOException {
        acknowledged(1, "n1", 4, "@/TXT");
        change(2, "n1", Outcome.ACKNOWLEDGED, -1, -1, true, "@/TXT");
        read("n1", -1, -1, holds("@/TXT", "w1.1.1"));
        expect(Kind.OWN_CHANGE_UNSEEN);
    }

    @Test
    void statesThatDifferAreFound() throws IOException {
        add(new Event.Digest("n1", 9, "ab", tick(), 0));
        add(new Event.Digest("n2", 9, "cd", tick(), 0));
        expect(Kind.REPLICAS_DIFFER);
    }

    @Test
    void contentsThatDifferAtOneSerialAreFound() throws IOException {
        change(1, "n1", Outcome.UNKNOWN, -1, -1, false, "r1/TXT");
        change(2, "n1", Outcome.UNKNOWN, -1, -1, false, "r1/TXT");
        read("n1", 3, 3, holds("r1/TXT", "w1.1.1"));
        read("n2", 3, 3, holds("r1/TXT", "w2.1.1"));
        expect(Kind.REPLICAS_DIFFER);
    }

    @Test
    void valueThatNobodyWroteIsFound() throws IOException {
        read("n1", 3, 3, holds("r1/TXT", "w1.1.1"));
        read("n1", 3, 3, holds("r2/TXT", "something"));
        acknowledged(1, "n1", 4, "r1/TXT"); // too late
        expect(Kind.FROM_NOWHERE);
        assertThat(check().violations()).containsEntry(Kind.FROM_NOWHERE, 2);
    }

    @Test
    void conditionThatDidNotHoldIsFound() throws IOException {
        acknowledged(1, "n1", 3, "r1/TXT");
        change(2, "n2", Outcome.ACKNOWLEDGED, 4, 2, false, "r2/TXT");
        expect(Kind.CONDITION_IGNORED);
    }

    @Test
    void twoOnOneConditionAreFound() throws IOException {
        change(1, "n2", Outcome.ACKNOWLEDGED, 4, 3, false, "r1/TXT");
        change(2, "n2", Outcome.ACKNOWLEDGED, 4, 3, false, "r2/TXT");
        expect(Kind.CONDITION_IGNORED);
    }

    @Test
    void changeThatChangesNothingLeavesItsConditionToTheNext() throws IOException {
        acknowledged(1, "n1", 3, "r1/TXT");
        change(2, "n2", Outcome.ACKNOWLEDGED, 3, 3, true, "r2/TXT"); // it was not there
        change(3, "n2", Outcome.ACKNOWLEDGED, 4, 3, false, "r3/TXT");
        expect();
    }

    @Test
    void versionsAgainstRealTimeAreFound() throws IOException {
        acknowledged(1, "n1", 9, "r1/TXT");
        acknowledged(2, "n2", 8, "r2/TXT");
        expect(Kind.ORDER_REVERSED);
    }

    @Test
    void changeSeenBeforeItsVersionIsFound() throws IOException {
        acknowledged(1, "n1", 9, "r1/TXT");
        readVersion("n1", 9, holds("r1/TXT", "w1.1.1"));
        readVersion("n2", 8, holds("r1/TXT", "w1.1.1"));
        expect(Kind.ORDER_REVERSED);
    }

    @Test
    void examplesAreLimitedAndAllAreCounted() throws IOException {
        for (int i = 0; i < 50; i++) {
            read("n1", 3, 3, holds("r2/TXT", "something" + i));
        }
        HistoryChecker.Verdict verdict = check();
        assertThat(verdict.violations()).containsEntry(Kind.FROM_NOWHERE, 50);
        assertThat(verdict.examples()).hasSize(10);
    }
}
