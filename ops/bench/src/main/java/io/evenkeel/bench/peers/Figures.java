package io.evenkeel.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The same figure from several runs. */
final class Figures {
    private final List<Double> values = new ArrayList<>();

    void add(double value) {
        values.add(value);
    }

    int count() {
        return values.size();
    }

    double median() {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    double most() {
        return values.stream().mapToDouble(v -> v).max().orElse(Double.NaN);
    }

    /** Run by run over another one's. */
    Figures over(List<Figures> others) {
        Figures ratios = new Figures();
        for (int i = 0; i < values.size(); i++) {
            int run = i;
            double least = others.stream()
                    .mapToDouble(other -> other.values.get(run))
                    .min()
                    .orElse(Double.NaN);
            ratios.add(values.get(i) / least);
        }
        return ratios;
    }

    /** Run by run without another one's. */
    Figures minus(Figures other) {
        Figures differences = new Figures();
        for (int i = 0; i < values.size(); i++) {
            differences.add(values.get(i) - other.values.get(i));
        }
        return differences;
    }

    /** {@code median [least-most]}. */
    String spread(String format) {
        return String.format(
                Locale.ROOT,
                format + " [" + format + "-" + format + "]",
                median(),
                values.stream().mapToDouble(v -> v).min().orElse(Double.NaN),
                most());
    }
}
