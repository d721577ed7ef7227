package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.fleet.FleetCounts;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SparklinesTest {
    private static List<String> lines(Charset terminal, long... accepted) {
        Sparklines lines = new Sparklines(terminal, 4);
        for (int second = 0; second < accepted.length; second++) {
            FleetCounts.Part n1 = StaleQueueTest.part("n1", 800, 0);
            FleetCounts.Part n2 = StaleQueueTest.part("n2", accepted[second], 0);
            lines.second(new FleetCounts(
                    second + 1, StaleQueueTest.part("all", 0, 0), List.of(), List.of(n1, n2), Map.of(), 0));
        }
        return lines.lines();
    }

    @Test
    void nodesHaveOneScaleAndTheLastSeconds() {
        assertThat(lines(StandardCharsets.UTF_8, 9, 100, 400, 800, 0))
                .containsExactly("     n1  ████  800 of 800/s", "     n2  ▁▄█   0 of 800/s");
    }

    @Test
    void aTerminalOfAsciiHasItsOwnCharacters() {
        assertThat(lines(StandardCharsets.US_ASCII, 100, 800, 1, 800).getLast()).startsWith("     n2  _#_#");
    }

    @Test
    void nothingIsShownBeforeTheFirstSecond() {
        assertThat(lines(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void nodesThatAnswerNothingAtAllAreBlank() {
        Sparklines lines = new Sparklines(StandardCharsets.UTF_8, 4);
        FleetCounts.Part n1 = StaleQueueTest.part("n1", 0, 0);
        lines.second(new FleetCounts(1, n1, List.of(), List.of(n1), Map.of(), 0));
        assertThat(lines.lines()).containsExactly("     n1     0 of 0/s");
    }
}
