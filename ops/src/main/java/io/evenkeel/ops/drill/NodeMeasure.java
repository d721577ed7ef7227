package io.evenkeel.ops.drill;

import java.util.Locale;

/** What a page shows of each node in each second, as Prometheus has read it from the node. */
enum NodeMeasure {
    WAIT(
            "Wait of the oldest question, 99th percentile, in milliseconds",
            "1000 * histogram_quantile(0.99, sum by (instance, le) (rate(evenkeel_dns_oldest_wait_seconds_bucket[5s])))"),
    DROPS(
            "Questions a second that a node drops or its kernel loses",
            "sum by (instance) (rate(evenkeel_dns_dropped_total[5s])) + sum by (instance) (rate(evenkeel_dns_udp_lost_total[5s]))"),
    PROCESSOR("Processor time of a node, in percent of a core", "100 * rate(process_cpu_seconds_total[5s])"),
    DISK("Files of a node, in KiB", "sum by (instance) (evenkeel_storage_bytes) / 1024"),
    LOG("Of these its logs, in KiB", "sum by (instance) (evenkeel_storage_bytes{class=\"logs\"}) / 1024");

    private final String title;
    private final String expression;

    NodeMeasure(String title, String expression) {
        this.title = title;
        this.expression = expression;
    }

    String title() {
        return title;
    }

    /** Of Prometheus: one series for each node, with its name as {@code instance}. Rates look back over five scrapes. */
    String expression() {
        return expression;
    }

    /** As JSON has it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
