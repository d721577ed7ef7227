package io.evenkeel.ops.drill;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Of the nodes of a drill. */
enum Design {
    /** With all defences. */
    EVENKEEL("evenkeel", "Evenkeel"),
    /** Without: queues as long as the kernel grants, no limits on clients, and a line of the log for each event. */
    OF_2020("2020", "The design of 2020");

    private static final List<String> DEFENCES =
            List.of("short-queue", "silent-gate", "lanes", "tcp-limits", "storage-keeper");

    private final String word;
    private final String title;

    Design(String word, String title) {
        this.word = word;
        this.title = title;
    }

    String title() {
        return title;
    }

    /** That make a node be of it. */
    Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        if (this == OF_2020) {
            environment.put("EVENKEEL_DRILL_MODE", "true");
            environment.put("EVENKEEL_DRILL_WITHOUT", String.join(",", DEFENCES));
        }
        return environment;
    }

    /** As the command line names it. */
    @Override
    public String toString() {
        return word;
    }
}
