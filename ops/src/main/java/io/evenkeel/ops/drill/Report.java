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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * A run as a page that needs nothing from elsewhere, and as JSON beside it. It keeps four numbers of each node and second. The thread of
 * the fleet.
 */
final class Report {
    private static final String HTML = ".html";
    private static final String PAGE = "/drill-report.html";
    /** A page has colours for so many lines. */
    private static final int MOST_LINES = 8;

    private final Path file;
    private final Scenario scenario;
    private final Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final List<Measure> measures = List.of(
            new Measure("offered", "Questions a second, as devices ask them", FleetCounts.Part::sent),
            new Measure("goodput", "Answers a second that come in time", FleetCounts.Part::accepted),
            new Measure("waiting", "Devices past their first try", FleetCounts.Part::waiting),
            new Measure("late", "Answers a second that come too late", FleetCounts.Part::late));

    /** What is kept of each second: of all, then of each node. */
    private static final class Measure {
        private final String name;
        private final String title;
        private final ToLongFunction<FleetCounts.Part> value;
        private final List<long[]> seconds = new ArrayList<>();

        private Measure(String name, String title, ToLongFunction<FleetCounts.Part> value) {
            this.name = name;
            this.title = title;
            this.value = value;
        }

        private void add(FleetCounts counts) {
            seconds.add(Stream.concat(Stream.of(counts.all()), counts.nodes().stream())
                    .mapToLong(value)
                    .toArray());
        }

        private List<Long> line(int part) {
            return seconds.stream().map(second -> second[part]).toList();
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

    void second(FleetCounts counts) {
        measures.forEach(measure -> measure.add(counts));
    }

    /**
     * Writes both.
     *
     * @param result as it is printed
     * @param moments of the cluster; empty if the drill had none
     */
    void write(Verdict verdict, Map<String, Object> result, List<Moment> moments) throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("begin", begin.toString());
        json.put("version", version());
        json.put("host", host());
        json.put("result", result);
        List<String> names = names();
        for (Measure measure : measures) {
            Map<String, Object> lines = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                lines.put(names.get(i), measure.line(i));
            }
            json.put(measure.name, lines);
        }
        String path = file.toString();
        Files.write(Path.of(path.substring(0, path.length() - HTML.length()) + ".json"), Json.pretty(json));
        Files.writeString(file, html(verdict, moments));
    }

    private List<String> names() {
        return Stream.concat(Stream.of("all"), scenario.plan().nodes().stream().map(FleetNode::name))
                .toList();
    }

    private double seconds() {
        return Math.max(1, measures.getFirst().seconds.size());
    }

    private String html(Verdict verdict, List<Moment> moments) throws IOException {
        List<Plot.Shade> shades = shades(moments);
        StringBuilder plots = new StringBuilder();
        for (Measure measure : measures) {
            List<Plot.Line> lines = new ArrayList<>();
            List<String> names = names();
            for (int i = 0; i < Math.min(names.size(), MOST_LINES); i++) {
                lines.add(new Plot.Line(names.get(i), measure.line(i)));
            }
            plots.append(new Plot(measure.title, lines, shades, seconds()).svg());
        }
        String page;
        try (InputStream in = Objects.requireNonNull(Report.class.getResourceAsStream(PAGE), PAGE)) {
            page = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        String name = String.valueOf(scenario.file().getFileName());
        return page.replace("{name}", escaped(name))
                .replace("{title}", escaped(scenario.title().isEmpty() ? name : scenario.title()))
                .replace("{kind}", verdict.kind().toString())
                .replace("{reasons}", reasons(verdict))
                .replace("{facts}", facts())
                .replace("{criteria}", criteria(verdict))
                .replace("{timeline}", timeline(moments, shades))
                .replace("{plots}", plots)
                .replace("{moments}", moments(moments));
    }

    /** Only a void run has reasons beside its criteria. */
    private static String reasons(Verdict verdict) {
        StringBuilder html = new StringBuilder();
        if (verdict.kind() == Verdict.Kind.VOID) {
            verdict.reasons().forEach(reason -> html.append("<li>%s</li>%n".formatted(escaped(reason))));
        }
        return html.toString();
    }

    private String facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("scenario", scenario.file().toString());
        facts.put(
                "fleet",
                "%,d devices, %,.0f questions a second while they are answered, %,.0f when nobody answers"
                        .formatted(
                                scenario.plan().devices(),
                                scenario.plan().neededPerSecond(),
                                Capacity.silentPerSecond(scenario.plan())));
        facts.put("seed", Long.toString(scenario.plan().seed()));
        facts.put("begin", begin.toString());
        facts.put("version", version());
        facts.put("host", host());
        StringBuilder html = new StringBuilder();
        facts.forEach((key, value) -> html.append("<tr><th>%s</th><td>%s</td></tr>%n".formatted(key, escaped(value))));
        return html.toString();
    }

    private static String criteria(Verdict verdict) {
        StringBuilder html = new StringBuilder();
        for (Criterion.Result each : verdict.results()) {
            String word = each.passed() ? "pass" : "fail";
            html.append("<tr class=\"%s\"><td>%s</td><td>%s</td><td>%s</td></tr>%n"
                    .formatted(word, word, escaped(each.text()), escaped(each.figure())));
        }
        return html.toString();
    }

    private static String moments(List<Moment> moments) {
        StringBuilder html = new StringBuilder();
        for (Moment moment : moments) {
            String what = moment.role() ? role(moment.what()) : moment.what();
            html.append("<tr%s><td>%.1f s</td><td>%s</td><td>%s</td></tr>%n"
                    .formatted(
                            moment.fault() ? " class=\"fault\"" : "",
                            moment.seconds(),
                            escaped(moment.node()),
                            escaped(what)));
        }
        return html.toString();
    }

    private static String role(String role) {
        return role.isEmpty() ? "says nothing" : "says that it is " + role;
    }

    /** Silences, and from the onset of each fault to its end. */
    private List<Plot.Shade> shades(List<Moment> moments) {
        List<Plot.Shade> shades = new ArrayList<>();
        scenario.plan()
                .silences()
                .forEach(each -> shades.add(new Plot.Shade(each.fromNanos() / 1e9, each.toNanos() / 1e9)));
        for (Moment moment : moments) {
            if (moment.fault()) {
                double end = moments.stream()
                        .filter(later -> !later.role()
                                && !later.fault()
                                && later.node().equals(moment.node())
                                && later.seconds() > moment.seconds())
                        .mapToDouble(Moment::seconds)
                        .findFirst()
                        .orElse(seconds());
                shades.add(new Plot.Shade(moment.seconds(), Math.min(end, seconds())));
            }
        }
        return shades;
    }

    /** Of each node a bar: as what it sees itself, and when something was done to it. */
    private String timeline(List<Moment> moments, List<Plot.Shade> shades) {
        if (moments.isEmpty() && shades.isEmpty()) {
            return "";
        }
        int row = 26;
        List<FleetNode> nodes = scenario.plan().nodes();
        int height = row * nodes.size() + row;
        StringBuilder svg = new StringBuilder(
                "<h2>Roles and faults</h2>%n<p class=\"key\"><span class=\"leader\">&#9632; leads</span> <span class=\"follower\">&#9632; follows</span> <span class=\"other\">&#9632; another state</span> no bar: says nothing; grey: a fault, or a silence</p>%n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"roles and faults\">%n"
                        .formatted(Plot.WIDTH, height));
        svg.append(Plot.shaded(shades, seconds(), 0, height - row));
        for (int i = 0; i < nodes.size(); i++) {
            String node = nodes.get(i).name();
            svg.append("<text class=\"y\" x=\"%d\" y=\"%d\">%s</text>%n"
                    .formatted(Plot.LEFT - 8, i * row + 17, escaped(node)));
            List<Moment> own = moments.stream()
                    .filter(moment -> moment.node().equals(node))
                    .toList();
            svg.append(bars(own, i * row + 5));
            for (Moment moment : own) {
                if (moment.fault()) {
                    svg.append("<path class=\"mark\" d=\"M%s %dv%d\"><title>%s</title></path>%n"
                            .formatted(
                                    Plot.number(Plot.x(moment.seconds(), seconds())),
                                    i * row + 1,
                                    row - 2,
                                    escaped(moment.text())));
                }
            }
        }
        return svg.append(Plot.timeAxis(seconds(), height - 7)).append("</svg>").toString();
    }

    private String bars(List<Moment> own, int y) {
        List<Moment> roles = own.stream().filter(Moment::role).toList();
        StringBuilder svg = new StringBuilder();
        for (int i = 0; i < roles.size(); i++) {
            double from = Math.min(roles.get(i).seconds(), seconds());
            double to = i + 1 < roles.size() ? Math.min(roles.get(i + 1).seconds(), seconds()) : seconds();
            String role = roles.get(i).what();
            if (!role.isEmpty()) {
                svg.append("<rect class=\"%s\" x=\"%s\" y=\"%d\" width=\"%s\" height=\"16\"><title>%s</title></rect>%n"
                        .formatted(
                                role.equals("leader") || role.equals("follower") ? role : "other",
                                Plot.number(Plot.x(from, seconds())),
                                y,
                                Plot.number(Plot.x(to, seconds()) - Plot.x(from, seconds())),
                                escaped(role)));
            }
        }
        return svg.toString();
    }

    private static String version() {
        String version = Report.class.getPackage().getImplementationVersion();
        return "%s, Java %s".formatted(version == null ? "not packaged" : version, Runtime.version());
    }

    private static String host() {
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
