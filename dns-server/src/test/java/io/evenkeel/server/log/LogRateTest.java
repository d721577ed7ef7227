package io.evenkeel.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.spi.FilterReply;
import org.junit.jupiter.api.Test;

final class LogRateTest {
    @Test
    void aMessageThatRepeatsDoesNotHideOthersAndAllTogetherAreBounded() {
        LogRate rate = new LogRate();
        Logger logger = new LoggerContext().getLogger("test");
        logger.setLevel(Level.INFO);
        int passed = 0;
        for (int i = 0; i < 1000; i++) {
            passed += rate.decide(null, logger, Level.WARN, "again", null, null) == FilterReply.NEUTRAL ? 1 : 0;
        }
        assertThat(passed).isBetween(LogRate.MESSAGE_BURST, LogRate.MESSAGE_BURST + 5);
        assertThat(rate.decide(null, logger, Level.WARN, "another", null, null)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(rate.suppressed()).isEqualTo(1000 - passed);
        for (int i = 0; i < 5000; i++) {
            passed +=
                    rate.decide(null, logger, Level.ERROR, "different " + i, null, null) == FilterReply.NEUTRAL ? 1 : 0;
        }
        assertThat(passed).isLessThan(2 * LogRate.ALL_BURST);
        assertThat(rate.decide(null, logger, Level.DEBUG, "off anyway", null, null))
                .isEqualTo(FilterReply.NEUTRAL);
    }
}
