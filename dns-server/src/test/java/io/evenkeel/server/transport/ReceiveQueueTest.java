package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Ages of datagrams, in virtual time: ms, of a client that waits 1 s. */
final class ReceiveQueueTest {
    private static final long MILLI = 1_000_000;
    private static final long HOUR = 3_600_000;
    private static final long START = 7_000_000;

    private final ReceiveQueue queue = new ReceiveQueue(1000 * MILLI, START * MILLI);

    @Test
    void theAgeIsTheLesserOfWhatBothClocksSay() {
        seenEmpty(0);
        assertThat(age(300, 500)).isEqualTo(300);
        assertThat(age(600, 500)).isEqualTo(500);
    }

    @Test
    void aClockThatIsSetMakesNoFreshQuestionOld() {
        seenEmpty(0);
        assertThat(age(HOUR, 50)).isEqualTo(50);
        assertThat(age(-HOUR, 50)).isEqualTo(50);
        assertThat(queue.age(ReceiveQueue.UNKNOWN, at(50)) / MILLI).isEqualTo(50);
        assertThat(queue.isStale(queue.age(HOUR * MILLI, at(50)), at(50))).isFalse();
    }

    @Test
    void aSinglePauseLosesNothingThatWouldStillBeInTime() {
        seenEmpty(0);
        assertThat(isStale(500, 500)).isFalse();
        assertThat(isStale(800, 800)).isFalse();
        assertThat(isStale(801, 801)).isTrue();
    }

    @Test
    void whileTheQueueStandsQuestionsOfHalfThatAgeAreDropped() {
        seenEmpty(0);
        assertThat(isStale(401, 1000)).isFalse();
        assertThat(isStale(401, 1001)).isTrue();
        assertThat(isStale(400, 1001)).isFalse();
        seenEmpty(1001);
        assertThat(isStale(401, 1500)).isFalse();
    }

    @Test
    void aQueueThatWasTurnedOverHoldsNothingFromBefore() {
        seenEmpty(0);
        queue.resized(100, at(0));
        queue.taken(64, at(1000));
        assertThat(age(ReceiveQueue.UNKNOWN, 1000)).isEqualTo(1000);
        queue.taken(36, at(1100)); // all of the hundred that may have been there at 0
        assertThat(age(ReceiveQueue.UNKNOWN, 1100)).isEqualTo(1100);
        queue.taken(64, at(1200));
        queue.taken(64, at(1300));
        assertThat(age(ReceiveQueue.UNKNOWN, 1300)).isEqualTo(200);
        assertThat(isStale(200, 1300)).isFalse();
        assertThat(isStale(401, 1300)).as("it has still not been empty").isTrue();
    }

    @Test
    void aQueueThatWasMadeShorterMayHoldAsMuchAsBeforeUntilItHasTurnedOver() {
        seenEmpty(0);
        queue.resized(100, at(0));
        queue.resized(10, at(100));
        queue.taken(64, at(200));
        assertThat(age(ReceiveQueue.UNKNOWN, 200)).isEqualTo(200);
        queue.taken(64, at(300));
        assertThat(age(ReceiveQueue.UNKNOWN, 300)).isEqualTo(300);
        queue.taken(100, at(400)); // as many may have been there at 300 that came before it was made shorter
        assertThat(age(ReceiveQueue.UNKNOWN, 400)).isEqualTo(100);
        queue.taken(10, at(500));
        assertThat(age(ReceiveQueue.UNKNOWN, 500)).isEqualTo(100);
    }

    @Test
    void howeverOftenAQueueIsMadeShorterOldQuestionsStayOld() {
        seenEmpty(0);
        queue.resized(32_000, at(0));
        int most = 32_000;
        for (int halving = 1; halving <= 5; halving++) {
            queue.taken(3500, at(500L * halving));
            most /= 2;
            queue.resized(most, at(500L * halving));
        }
        assertThat(age(ReceiveQueue.UNKNOWN, 2500))
                .as("14,500 may be left of the first")
                .isEqualTo(2500);
        queue.taken(14_500, at(4500));
        assertThat(age(ReceiveQueue.UNKNOWN, 4500)).isEqualTo(4500);
        queue.taken(32_000, at(5000));
        assertThat(age(ReceiveQueue.UNKNOWN, 5000)).isEqualTo(500);
    }

    @Test
    void whileNobodyKnowsHowMuchItHoldsItIsNeverTurnedOver() {
        seenEmpty(0);
        queue.taken(1_000_000, at(2000));
        queue.taken(1_000_000, at(3000));
        assertThat(age(ReceiveQueue.UNKNOWN, 3000)).isEqualTo(3000);
    }

    private static long at(long millis) {
        return (START + millis) * MILLI;
    }

    private void seenEmpty(long millis) {
        queue.seenEmpty(at(millis));
    }

    private long age(long stampedMillis, long millis) {
        return queue.age(stampedMillis * MILLI, at(millis)) / MILLI;
    }

    private boolean isStale(long ageMillis, long millis) {
        return queue.isStale(ageMillis * MILLI, at(millis));
    }
}
