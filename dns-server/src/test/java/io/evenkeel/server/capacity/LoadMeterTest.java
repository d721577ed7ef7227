package io.evenkeel.server.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rates of questions. */
class LoadMeterTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void ratesAreThoseOfTheLastMinuteAndOfLessAtTheStart() {
        LoadMeter meter = new LoadMeter();
        for (int second = 0; second <= 10; second++) {
            meter.observe(second * SECOND, 100L * second, 20L * second);
        }
        assertThat(meter.rates().answered()).isCloseTo(100, within(1e-6));
        assertThat(meter.rates().dropped()).isCloseTo(20, within(1e-6));
        assertThat(meter.rates().load()).isCloseTo(120, within(1e-6));
        for (int second = 11; second <= 70; second++) {
            meter.observe(second * SECOND, 1_000 + 400L * (second - 10), 200);
        }
        assertThat(meter.rates().answered()).as("nothing is left of before").isCloseTo(400, within(1e-6));
        assertThat(meter.rates().dropped()).isZero();
    }

    @Test
    void whatIsNoQuestionForThisNodeIsNoLoad() {
        QueryCounters loop = new QueryCounters();
        loop.drop(DropReason.GATE);
        loop.drop(DropReason.RESPONSE);
        loop.drop(DropReason.SHORT);
        loop.drop(DropReason.MALFORMED);
        loop.drop(DropReason.STALE);
        loop.drop(DropReason.BUSY);
        loop.lost(3);
        assertThat(LoadMeter.unanswered(QueryCounters.sum(List.of(loop)))).isEqualTo(5);
    }
}
