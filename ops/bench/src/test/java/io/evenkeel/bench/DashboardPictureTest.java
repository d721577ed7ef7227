package io.evenkeel.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the pictures of dashboards write beside their lines. */
final class DashboardPictureTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "s, 0, 0 s",
                "s, 0.000025, 25 µs",
                "s, 0.0123, 12.3 ms",
                "s, 90, 90 s",
                "s, 432000, 5 d",
                "bytes, 1536, 1.5 KiB",
                "Bps, 2000, 2 kB/s",
                "percentunit, 0.255, 25.5 %",
                "reqps, 512, 512 req/s",
                "reqps, 1500, 1.5K req/s",
                "short, 3, 3",
                "short, 1234567, 1.23 Mil",
                "short, Infinity, ∞",
                "short, NaN, NaN",
                "dateTimeFromNow, 7200000, in 2 h"
            })
    void valuesHaveTheirUnits(String unit, double value, String shown) {
        assertThat(DashboardPicture.unit(unit, value, Instant.EPOCH)).isEqualTo(shown);
    }

    @Test
    void legendsHaveTheLabelsThatTheyAskFor() throws Exception {
        var labels = new ObjectMapper().readTree("{\"instance\":\"n1\",\"reason\":\"$1\"}");
        assertThat(DashboardPicture.legend("{{instance}} of {{ reason }}{{none}}", labels))
                .isEqualTo("n1 of $1");
        assertThat(DashboardPicture.legend("all", labels)).isEqualTo("all");
    }
}
