package io.evenkeel.server.metrics;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.function.Supplier;

/** Answers by zone. */
final class ZoneMetrics {
    private ZoneMetrics() {}

    /**
     * @param registry for what Micrometer has no form for
     * @param counted as one scrape shows it
     */
    static void register(PrometheusRegistry registry, Supplier<List<BusiestZones.Counted>> counted) {
        registry.register(() -> answers(counted.get()));
    }

    private static CounterSnapshot answers(List<BusiestZones.Counted> counted) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("evenkeel_zone_answers")
                .help("Questions whose name is in a zone, by what was answered; of the busiest zones each by itself");
        for (BusiestZones.Counted zone : counted) {
            zone.answers()
                    .forEach((answer, count) -> counter.dataPoint(CounterDataPointSnapshot.builder()
                            .value(count)
                            .labels(Labels.of("zone", zone.zone(), "answer", Metrics.lower(answer)))
                            .build()));
        }
        return counter.build();
    }
}
