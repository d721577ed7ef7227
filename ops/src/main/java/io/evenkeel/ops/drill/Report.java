package io.evenkeel.ops.drill;

import io.evenkeel.ops.drill.ClusterBooks.Moment;
import io.evenkeel.ops.fleet.FleetCounts;
import io.evenkeel.ops.fleet.FleetNode;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The runs of a scenario, one or one on each design, as a page that needs nothing from elsewhere, and as JSON beside it. It keeps four
 * numbers of each node and second. The thread of the fleet.
 */
final class Report {
    private static final String HTML = ".html";
    private static final String PAGE = "/drill-report.html";
    /** A page has colours for so many lines. */
    private static final int MOST_LINES = 8;

    private final Path file;
    private final Scenario scenario;
    /** In their order. */
    private final List<Run> runs = new ArrayList<>();

    /** What is kept of each second: of all, then of each node. */
    private record Measure(String name, String title, ToLongFunction<FleetCounts.Part> value, List<long[]> seconds) {
        private static Measure of(String name, String title, ToLongFunction<FleetCounts.Part> value) {
            return new Measure(name, title, value, new ArrayList<>());
        }

        private void add(FleetCounts counts) {
            seconds.add(Stream.concat(Stream.of(counts.all()), counts.nodes().stream())
                    .mapToLong(value)
                    .toArray());
        }

        private List<Long> line(int part) {
            return seconds.stream().map(second -> second[part]).toList();
        }

        private long most() {
            return seconds.stream().flatMapToLong(Arrays::stream).max().orElse(0);
        }
    }

    /** What there is to tell of one run, from its beginning to its end. */
    static final class Run {
        private final Design design;
        private final Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        private final List<Measure> measures = List.of(
                Measure.of("offered", "Questions a second, as devices ask them", FleetCounts.Part::sent),
                Measure.of("goodput", "Answers a second that come in time", FleetCounts.Part::accepted),
                Measure.of("waiting", "Devices past their first try", FleetCounts.Part::waiting),
                Measure.of("late", "Answers a second that come too late", FleetCounts.Part::late));
        private @Nullable Verdict verdict;
        private Map<String, Object> result = Map.of();
        private @Nullable DrilledCluster cluster;
        private @Nullable Prediction prediction;

        private Run(Design design) {
            this.design = design;
        }

        void second(FleetCounts counts) {
            measures.forEach(measure -> measure.add(counts));
        }

        /**
         * It is over.
         *
         * @param all as it is printed
         * @param drilled its cluster; null: it had none
         * @param modelled what a model makes of it; null: nothing
         */
        void end(
                Verdict judged,
                Map<String, Object> all,
                @Nullable DrilledCluster drilled,
                @Nullable Prediction modelled) {
            verdict = judged;
            result = all;
            cluster = drilled;
            prediction = modelled;
        }

        private Verdict verdict() {
            return Objects.requireNonNull(verdict);
        }

        private List<Moment> moments() {
            return cluster == null ? List.of() : cluster.moments();
        }

        private double seconds() {
            return Math.max(1, measures.getFirst().seconds().size());
        }

        /** Empty if there is none. */
        private List<Long> model(Measure measure) {
            return prediction == null ? List.of() : prediction.curves().getOrDefault(measure.name(), List.of());
        }

        /** By node; empty if nobody watched. */
        private Map<String, List<Long>> curves(NodeMeasure measure) {
            return cluster == null ? Map.of() : cluster.curves().getOrDefault(measure, Map.of());
        }

        private double most(Measure measure) {
            return Math.max(
                    measure.most(),
                    model(measure).stream().mapToLong(each -> each).max().orElse(0));
        }

        private Map<String, Object> toMap(List<String> names) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("begin", begin.toString());
            Map<String, Object> all = new LinkedHashMap<>(result);
            all.computeIfPresent(
                    "file", (_, path) -> String.valueOf(Path.of(path.toString()).getFileName()));
            json.put("result", all);
            for (Measure measure : measures) {
                Map<String, Object> lines = new LinkedHashMap<>();
                for (int i = 0; i < names.size(); i++) {
                    lines.put(names.get(i), measure.line(i));
                }
                json.put(measure.name(), lines);
            }
            if (prediction != null) {
                json.put("model", prediction.curves());
            }
            for (NodeMeasure measure : NodeMeasure.values()) {
                json.put(measure.toString(), curves(measure));
            }
            OldLog log = cluster == null ? null : cluster.oldLog();
            if (log != null) {
                json.put("volume", log.fill());
            }
            return json;
        }
    }

    private Report(Path file, Scenario scenario) {
        this.file = file;
        this.scenario = scenario;
    }

    /** @throws CommandFailure if no such file could be written, so that nobody learns that after a long run */
    static Report to(Path file, Scenario scenario) throws CommandFailure {
        Path folder = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), Path.of("/"));
        if (!file.toString().endsWith(HTML) || Files.isDirectory(file)) {
            throw new CommandFailure(CommandFailure.USAGE, "--report wants the name of a file *.html, not " + file);
        }
        if (!Files.isWritable(folder)) {
            throw new CommandFailure(CommandFailure.USAGE, "--report: nothing can be written to " + folder);
        }
        return new Report(file, scenario);
    }

    /** The page. */
    Path file() {
        return file;
    }

    /** A run of the scenario begins. */
    Run begin(Design design) {
        Run run = new Run(design);
        runs.add(run);
        return run;
    }

    /** Writes both, when all runs are over. */
    void write(Verdict verdict) throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", version());
        json.put("host", host());
        if (runs.size() == 1) {
            json.putAll(runs.getFirst().toMap(names()));
        } else {
            json.put("verdict", verdict.kind().toString());
            json.put("reasons", verdict.reasons());
            runs.forEach(run -> json.put(run.design.toString(), run.toMap(names())));
        }
        Files.write(json(file), Json.pretty(json));
        Files.writeString(file, html(verdict));
    }

    /** Beside a page. */
    static Path json(Path page) {
        String path = page.toString();
        return Path.of(path.substring(0, path.length() - HTML.length()) + ".json");
    }

    private List<String> names() {
        return Stream.concat(Stream.of("all"), scenario.plan().nodes().stream().map(FleetNode::name))
                .toList();
    }

    /**
     * A page that needs nothing from elsewhere.
     *
     * @param name and title are text, the others but for the facts are HTML
     * @param two whether there are two columns
     */
    static String page(
            String name,
            String title,
            Verdict.Kind kind,
            String reasons,
            boolean two,
            Map<String, String> facts,
            String cells)
            throws IOException {
        String page;
        try (InputStream in = Objects.requireNonNull(Report.class.getResourceAsStream(PAGE), PAGE)) {
            page = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        return page.replace("{name}", escaped(name))
                .replace("{title}", escaped(title))
                .replace("{kind}", kind.toString())
                .replace("{reasons}", reasons)
                .replace("{columns}", two ? "two" : "one")
                .replace("{facts}", rows(facts))
                .replace("{cells}", cells);
    }

    private String html(Verdict verdict) throws IOException {
        String name = String.valueOf(scenario.file().getFileName());
        boolean compares = runs.size() > 1;
        return page(
                name,
                scenario.title().isEmpty() ? name : scenario.title(),
                verdict.kind(),
                compares || verdict.kind() == Verdict.Kind.VOID ? reasons(verdict) : "",
                compares,
                facts(),
                cells());
    }

    /** Items of a list. */
    static String reasons(Verdict verdict) {
        StringBuilder html = new StringBuilder();
        verdict.reasons().forEach(reason -> html.append("<li>%s</li>%n".formatted(escaped(reason))));
        return html.toString();
    }

    /** What there is to see, one below the other, and of two runs beside each other. */
    private String cells() {
        List<List<String>> columns = runs.stream().map(this::column).toList();
        StringBuilder html = new StringBuilder();
        for (int i = 0; i < columns.getFirst().size(); i++) {
            for (List<String> column : columns) {
                html.append("<div>%s</div>%n".formatted(column.get(i)));
            }
        }
        return html.toString();
    }

    private List<String> column(Run run) {
        List<String> cells = new ArrayList<>();
        if (runs.size() > 1) {
            cells.add("<h2 class=\"design\">%s: <span class=\"verdict %s\">%s</span></h2>"
                    .formatted(
                            run.design.title(),
                            run.verdict().kind(),
                            run.verdict().kind()));
        }
        List<Moment> moments = run.moments();
        List<Plot.Shade> shades = shades(run, moments);
        Timeline timeline = new Timeline(run.seconds(), shades);
        cells.add("<h2>Criteria</h2>%n<table>%s</table>".formatted(criteria(run)));
        cells.add(timeline.roles(scenario.plan().nodes(), moments));
        cells.add(run.cluster == null ? "" : alerts(timeline, run.cluster));
        cells.add("<h2>Each second</h2>%n%s".formatted(prediction(run)));
        List<String> names = names();
        for (int m = 0; m < run.measures.size(); m++) {
            Measure measure = run.measures.get(m);
            List<Plot.Line> lines = new ArrayList<>();
            for (int i = 0; i < Math.min(names.size(), MOST_LINES); i++) {
                lines.add(new Plot.Line(names.get(i), measure.line(i), i));
            }
            List<Long> model = run.model(measure);
            if (!model.isEmpty()) {
                lines.add(new Plot.Line("all, by the model", model, Plot.Line.MODELLED));
            }
            cells.add(new Plot(measure.title(), lines, shades, run.seconds(), most(m)).svg());
        }
        for (NodeMeasure measure : NodeMeasure.values()) {
            cells.add(curves(run, measure, shades));
        }
        cells.add(log(run, shades));
        cells.add("<h2>What happened</h2>%n<table class=\"moments\">%s</table>".formatted(moments(moments)));
        return cells;
    }

    /** One of a node has the colour that the node has in the plots of the fleet. */
    private String curves(Run run, NodeMeasure measure, List<Plot.Shade> shades) {
        List<String> names = names();
        List<Plot.Line> lines = new ArrayList<>();
        run.curves(measure).forEach((node, values) -> {
            int color = names.indexOf(node);
            if (color >= 0 && color < MOST_LINES) {
                lines.add(new Plot.Line(node, values, color));
            }
        });
        double most = runs.stream()
                .flatMap(each -> each.curves(measure).values().stream())
                .flatMap(List::stream)
                .mapToLong(value -> value)
                .max()
                .orElse(0);
        return lines.isEmpty() ? "" : new Plot(measure.title(), lines, shades, run.seconds(), most).svg();
    }

    /** Two plots of one measure have one scale. */
    private double most(int measure) {
        return runs.stream()
                .mapToDouble(run -> run.most(run.measures.get(measure)))
                .max()
                .orElse(0);
    }

    private static String prediction(Run run) {
        return run.prediction == null || run.prediction.text().isEmpty()
                ? ""
                : "<p class=\"%s\">%s</p>"
                        .formatted(run.prediction.differs() ? "differs" : "alike", escaped(run.prediction.text()));
    }

    private static String log(Run run, List<Plot.Shade> shades) {
        OldLog log = run.cluster == null ? null : run.cluster.oldLog();
        if (log == null) {
            return "";
        }
        List<Long> percent = log.fill().stream()
                .map(octets -> octets * 100 / (OldLog.VOLUME_MIB << 20))
                .toList();
        return "<h2>Its log</h2>%n<p>%s.</p>%n".formatted(escaped(log.text()))
                + new Plot(
                                "Percent of the volume",
                                List.of(new Plot.Line("log", percent, 0)),
                                shades,
                                run.seconds(),
                                100)
                        .svg();
    }

    private static String alerts(Timeline timeline, DrilledCluster cluster) {
        String unwatched = cluster.unwatched();
        return unwatched == null
                ? timeline.alerts(cluster.alerts())
                : "<h2>Alerts</h2>%n<p>Skipped: %s.</p>".formatted(escaped(unwatched));
    }

    /** Rows of a table. */
    private static String rows(Map<String, String> facts) {
        StringBuilder html = new StringBuilder();
        facts.forEach((key, value) -> html.append("<tr><th>%s</th><td>%s</td></tr>%n".formatted(key, escaped(value))));
        return html.toString();
    }

    private Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("scenario", String.valueOf(scenario.file().getFileName()));
        facts.put(
                "fleet",
                "%,d devices, %,.0f questions a second while they are answered, %,.0f when nobody answers"
                        .formatted(
                                scenario.plan().devices(),
                                scenario.plan().neededPerSecond(),
                                Capacity.silentPerSecond(scenario.plan())));
        facts.put("seed", Long.toString(scenario.plan().seed()));
        facts.put("begin", runs.getFirst().begin.toString());
        facts.put("version", version());
        facts.put("host", host());
        return facts;
    }

    private static String criteria(Run run) {
        Criterion.Result staleQueue = run.cluster == null ? null : run.cluster.staleQueue();
        return criteria(Stream.concat(run.verdict().results().stream(), Stream.ofNullable(staleQueue))
                .toList());
    }

    /** Rows of a table. */
    static String criteria(List<Criterion.Result> results) {
        StringBuilder html = new StringBuilder();
        for (Criterion.Result each : results) {
            String word = each.word();
            html.append("<tr class=\"%s\"><td>%s</td><td>%s</td><td>%s</td></tr>%n"
                    .formatted(word, word, escaped(each.text()), escaped(each.figure())));
        }
        return html.toString();
    }

    private static String moments(List<Moment> moments) {
        StringBuilder html = new StringBuilder();
        for (Moment moment : moments) {
            String what = moment.kind() == Moment.Kind.ROLE ? role(moment.what()) : moment.what();
            html.append("<tr%s><td>%.1f s</td><td>%s</td><td>%s</td></tr>%n"
                    .formatted(
                            switch (moment.kind()) {
                                case FAULT -> " class=\"fault\"";
                                case ALERT -> " class=\"alert\"";
                                case JOURNAL -> " class=\"journal\"";
                                case UNDONE, SAID, ROLE -> "";
                            },
                            moment.seconds(),
                            escaped(moment.node()),
                            escaped(what)));
        }
        return html.toString();
    }

    private static String role(String role) {
        return role.isEmpty() ? "says nothing" : "says that it is " + role;
    }

    /** Silences, delays, and from the onset of each fault to its end. */
    private List<Plot.Shade> shades(Run run, List<Moment> moments) {
        List<Plot.Shade> shades = new ArrayList<>();
        scenario.plan()
                .silences()
                .forEach(each -> shades.add(new Plot.Shade(each.fromNanos() / 1e9, each.toNanos() / 1e9)));
        scenario.plan()
                .delays()
                .forEach(each -> shades.add(new Plot.Shade(each.fromNanos() / 1e9, each.toNanos() / 1e9)));
        for (Moment moment : moments) {
            if (moment.kind() == Moment.Kind.FAULT) {
                double end = moments.stream()
                        .filter(later -> later.kind() == Moment.Kind.UNDONE
                                && later.node().equals(moment.node())
                                && later.seconds() > moment.seconds())
                        .mapToDouble(Moment::seconds)
                        .findFirst()
                        .orElse(run.seconds());
                shades.add(new Plot.Shade(moment.seconds(), Math.min(end, run.seconds())));
            }
        }
        return shades;
    }

    static String version() {
        String version = Report.class.getPackage().getImplementationVersion();
        return "%s, Java %s".formatted(version == null ? "not packaged" : version, Runtime.version());
    }

    static String host() {
        String name = Objects.requireNonNullElse(System.getenv("HOSTNAME"), "");
        return "%s%s %s, %s, %d processors, load %.1f"
                .formatted(
                        name.isEmpty() ? "" : name + ": ",
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("os.arch"),
                        Runtime.getRuntime().availableProcessors(),
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
