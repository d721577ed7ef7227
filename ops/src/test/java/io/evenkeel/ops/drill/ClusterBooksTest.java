package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.drill.ClusterCriterion.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterBooksTest {
    private static final long SECOND = 1_000_000_000L;

    private final ClusterBooks books = new ClusterBooks();

    private Criterion.Result judged(Kind kind, long bar, String... deaths) {
        return new ClusterCriterion(kind, bar, 10).result(books, List.of(deaths), 30);
    }

    @Test
    void changesAreBackWhenTheLongestPauseAfterTheOnsetOfAFaultIsShort() {
        for (int second = 1; second <= 30; second++) {
            if (second < 10 || (second > 13 && second < 20) || second > 21) {
                books.accepted(second * SECOND, second);
            }
        }
        assertThat(judged(Kind.WRITES_BACK, 1).figure()).as("without a fault").startsWith("0s");
        books.fault(10 * SECOND + SECOND / 2, "n1", "killed");
        books.fault(20 * SECOND, "n2", "killed");
        assertThat(judged(Kind.WRITES_BACK, 4 * SECOND).passed()).isTrue();
        assertThat(judged(Kind.WRITES_BACK, 3 * SECOND))
                .isEqualTo(new Criterion.Result(
                        "after the onset of a fault never more than 3s without an accepted change",
                        "3500ms; 24 changes were accepted",
                        false));
    }

    @Test
    void changesThatNeverComeBackAreMissedUntilTheEnd() {
        books.accepted(SECOND, 1);
        books.fault(10 * SECOND, "n1", "killed");
        assertThat(judged(Kind.WRITES_BACK, 19 * SECOND).figure()).startsWith("20s");
    }

    @Test
    void anAnswerIsOldFromTheMomentInWhichTheNextChangeWasAccepted() {
        assertThat(judged(Kind.STALE, SECOND))
                .extracting("figure", "passed")
                .containsExactly("nothing to measure", false);
        books.accepted(SECOND, 1);
        books.accepted(3 * SECOND, 3); // the second had no answer
        books.answered(4 * SECOND, "n1", 3);
        books.answered(4 * SECOND, "n2", 4); // of which nobody knows yet whether it is accepted
        assertThat(judged(Kind.STALE, 0).passed()).isTrue();
        books.answered(4 * SECOND, "n1", 2); // a node that stood still has taken it after the third
        assertThat(judged(Kind.STALE, 0).passed()).isTrue();
        books.answered(4 * SECOND, "n1", 1);
        assertThat(judged(Kind.STALE, 0).figure()).isEqualTo("1s; 2 answers were looked at");
    }

    @Test
    void aNodeThatGoesOnIsGivenTheTimeFromThenOn() {
        books.accepted(SECOND, 1);
        books.accepted(2 * SECOND, 2);
        books.undone(9 * SECOND, "n1", "goes on");
        books.answered(8 * SECOND, "n1", 1);
        books.answered(9 * SECOND + SECOND / 5, "n1", 1);
        assertThat(judged(Kind.STALE, SECOND / 5).passed()).isTrue();
        assertThat(judged(Kind.STALE, SECOND / 10).passed()).isFalse();
    }

    @Test
    void aBadPushIsMendedIfItWasRefusedFirstAndIsUndoneInTime() {
        assertThat(judged(Kind.MENDED, SECOND))
                .extracting("figure", "passed")
                .containsExactly("nothing to measure", false);
        books.pushed(true);
        assertThat(judged(Kind.MENDED, SECOND).figure()).isEqualTo("1 of 1 refused, 0 of 1 undone, within 0s");
        assertThat(judged(Kind.MENDED, SECOND).passed()).isFalse();
        books.mended(SECOND);
        assertThat(judged(Kind.MENDED, SECOND).passed()).isTrue();
        assertThat(judged(Kind.MENDED, SECOND / 2).passed()).isFalse();
        books.pushed(false);
        books.mended(SECOND);
        assertThat(judged(Kind.MENDED, SECOND))
                .extracting("figure", "passed")
                .containsExactly("1 of 2 refused, 2 of 2 undone, within 1s", false);
    }

    @Test
    void nodesAgreeAsSoonAsTheyAreSeenToHaveTheSame() {
        assertThat(judged(Kind.AGREE, 5 * SECOND))
                .extracting("figure", "passed")
                .containsExactly("never: nobody looked", false);
        books.agreement(new ClusterBooks.Agreement(Double.NaN, "n1 serial 3, n2 serial 4"));
        assertThat(judged(Kind.AGREE, 5 * SECOND).figure()).isEqualTo("never: n1 serial 3, n2 serial 4");
        books.agreement(new ClusterBooks.Agreement(12.5, "40 changes"));
        assertThat(judged(Kind.AGREE, 5 * SECOND))
                .isEqualTo(new Criterion.Result(
                        "all nodes have one version and all accepted changes within 5s of the end of the last fault",
                        "after 2500ms; 40 changes",
                        true));
        assertThat(judged(Kind.AGREE, 2 * SECOND).passed()).isFalse();
    }

    @Test
    void memoryGrowsFromWhereItWasFirstToWhereItWasMost() {
        assertThat(judged(Kind.MEMORY, 1 << 20).passed()).isFalse();
        books.resident("n2", 100 << 20);
        books.resident("n1", 100 << 20);
        books.resident("n1", (102 << 20) + 1);
        books.resident("n1", 90 << 20);
        assertThat(judged(Kind.MEMORY, 3 << 20))
                .isEqualTo(new Criterion.Result(
                        "the resident memory of no node grows by more than 3 MiB", "n1 3 MiB, n2 0 MiB", true));
        assertThat(judged(Kind.MEMORY, 2 << 20).passed()).isFalse();
    }

    @Test
    void aLogIsBoundedByItsRateAndItsBurstWhicheverFilesItIsIn() {
        assertThat(judged(Kind.LOG_BOUNDED, 0))
                .extracting("figure", "passed")
                .containsExactly("nothing to measure", false);
        books.log("n1", Map.of("a", 1000L));
        books.log("n1", Map.of("a", 1500L, "b", 100L));
        books.log("n1", Map.of("a", 40L, "b", 100L)); // another file has the place of the first
        assertThat(judged(Kind.LOG_BOUNDED, 0).figure()).isEqualTo("n1 640");
        assertThat(judged(Kind.LOG_BOUNDED, 0).passed()).isTrue();
        books.log("n2", Map.of());
        books.log("n2", Map.of("a", 30L * (64 << 10) + (2 << 20)));
        assertThat(judged(Kind.LOG_BOUNDED, 0).passed()).isTrue();
        books.log("n2", Map.of("a", 30L * (64 << 10) + (2 << 20) + 1));
        assertThat(judged(Kind.LOG_BOUNDED, 0).passed()).isFalse();
    }

    @Test
    void aLeaderChangesWithItsTerm() {
        books.role(0, "n1", "leader", 3);
        books.role(0, "n2", "follower", 3);
        books.role(SECOND, "n1", "leader", 3);
        assertThat(judged(Kind.LEADER_CHANGES, 0).passed()).isTrue();
        books.role(2 * SECOND, "n1", "", 0);
        books.role(3 * SECOND, "n2", "leader", 4);
        books.role(4 * SECOND, "n1", "leader", 3); // it has not heard of it yet
        assertThat(judged(Kind.LEADER_CHANGES, 0))
                .extracting("figure", "passed")
                .containsExactly("1", false);
        assertThat(books.moments().stream().map(ClusterBooks.Moment::text))
                .containsExactly(
                        "0.0 s: n1 leader", "0.0 s: n2 follower", "2.0 s: n1 ", "3.0 s: n2 leader", "4.0 s: n1 leader");
    }

    private static Map<String, Alarms.Alert> alert(String name, String severity, double second, boolean firing) {
        return Map.of(name, new Alarms.Alert(name, severity, "n1", second, firing ? second : null, null));
    }

    @Test
    void aPageCountsFromTheFirstFaultOnAndATicketIsNone() {
        assertThat(judged(Kind.NO_PAGE, 0).passed()).isTrue();
        assertThat(judged(Kind.PAGE_WITHIN, 9 * SECOND).figure()).isEqualTo("no page");
        books.alerts(4, alert("Early", "page", 4, true));
        books.alerts(12, alert("Slow", "ticket", 12, true));
        books.alerts(13, alert("Storm", "page", 13, false));
        assertThat(judged(Kind.PAGE_WITHIN, 9 * SECOND).passed()).isFalse();
        assertThat(books.alerts(18, alert("Storm", "page", 18, true))).hasSize(1);
        assertThat(books.alerts(19, alert("Storm", "page", 19, true))).isEmpty();
        books.alerts(20, Map.of());
        assertThat(judged(Kind.PAGE_WITHIN, 9 * SECOND))
                .extracting("figure", "passed")
                .containsExactly("Storm of n1, after 8 s", true);
        assertThat(judged(Kind.PAGE_WITHIN, 7 * SECOND).passed()).isFalse();
        assertThat(judged(Kind.NO_PAGE, 0))
                .extracting("figure", "passed")
                .containsExactly("2: Early of n1 at 4 s; Storm of n1 at 18 s", false);
        assertThat(books.alerts().getLast()).isEqualTo(new Alarms.Alert("Storm", "page", "n1", 13, 18.0, 20.0));
        assertThat(books.moments().getLast().text()).isEqualTo("20.0 s: n1 Storm (page) is over");
    }

    @Test
    void pagesThatNobodyLooksForAreSkipped() {
        books.unwatched("no Prometheus");
        assertThat(judged(Kind.PAGE_WITHIN, SECOND))
                .extracting("figure", "skipped", "passed")
                .containsExactly("skipped, no Prometheus", true, false);
        assertThat(judged(Kind.NO_PAGE, 0).failed()).isFalse();
    }

    @Test
    void aProcessThatEndsByItselfIsADeath() {
        assertThat(judged(Kind.DEATHS, 0).passed()).isTrue();
        assertThat(judged(Kind.DEATHS, 0, "n1 (pid 7) was killed by signal 11"))
                .extracting("figure", "passed")
                .containsExactly("1: n1 (pid 7) was killed by signal 11", false);
    }
}
