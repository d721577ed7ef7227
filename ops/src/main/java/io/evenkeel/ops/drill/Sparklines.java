package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.FleetCounts;
import java.nio.charset.Charset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** For a terminal: the answers in time of each node over the last seconds, a line and a character for each. One thread. */
final class Sparklines {
    private static final String BLOCKS = "▁▂▃▄▅▆▇█";
    /** For terminals that know no others. */
    private static final String PLAIN = "_.:-=+*#";

    private static final int MOST_NODES = 8;

    private final String levels;
    private final int seconds;
    /** By node, the oldest first. */
    private final Map<String, Deque<Long>> values = new LinkedHashMap<>();

    /** @param seconds so many are shown at most */
    Sparklines(Charset terminal, int seconds) {
        levels = terminal.newEncoder().canEncode(BLOCKS) ? BLOCKS : PLAIN;
        this.seconds = seconds;
    }

    void second(FleetCounts counts) {
        for (FleetCounts.Part node : counts.nodes().stream().limit(MOST_NODES).toList()) {
            Deque<Long> own = values.computeIfAbsent(node.name(), _ -> new ArrayDeque<>());
            own.add(node.accepted());
            if (own.size() > seconds) {
                own.remove();
            }
        }
    }

    /** In one scale; empty if no second is over. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        long most = values.values().stream()
                .flatMap(Deque::stream)
                .mapToLong(value -> value)
                .max()
                .orElse(0);
        values.forEach((node, own) -> {
            StringBuilder line = new StringBuilder("%7s  ".formatted(node));
            own.forEach(value -> line.append(level(value, most)));
            lines.add(line.append("  %d of %d/s".formatted(own.getLast(), most)).toString());
        });
        return lines;
    }

    /** Nothing at all is a blank. */
    private char level(long value, long most) {
        return value <= 0 ? ' ' : levels.charAt((int) ((value * levels.length() - 1) / most));
    }
}
