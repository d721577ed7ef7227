package io.evenkeel.ops.drill;

import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What came of several scenarios, on a page with a link to the page of each, and as JSON beside it. The thread of the command. */
final class Overview {
    private final Path file;
    private final StringBuilder cells = new StringBuilder();
    private final List<Map<String, Object>> values = new ArrayList<>();

    /** @param file a page, beside which each scenario has its own */
    Overview(Path file) {
        this.file = file;
    }

    /** A scenario is over. */
    void add(Scenario scenario, Path page, Verdict verdict) {
        String name = String.valueOf(scenario.file().getFileName());
        cells.append("<h2><a href=\"%s\">%s</a>: <span class=\"verdict %s\">%s</span></h2>%n"
                .formatted(
                        Report.escaped(String.valueOf(page.getFileName())),
                        Report.escaped(name.replaceFirst("\\.yaml$", "")),
                        verdict.kind(),
                        verdict.kind()));
        cells.append("<p>%s</p>%n".formatted(Report.escaped(scenario.title())));
        if (verdict.results().isEmpty() || verdict.kind() == Verdict.Kind.VOID) {
            cells.append("<ul class=\"%s\">%s</ul>%n".formatted(verdict.kind(), Report.reasons(verdict)));
        }
        cells.append("<table>%s</table>%n".formatted(Report.criteria(verdict.results())));
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("scenario", name);
        value.put("title", scenario.title());
        value.put("result", verdict.kind().toString());
        value.put("reasons", verdict.reasons());
        value.put(
                "criteria",
                verdict.results().stream().map(Criterion.Result::toMap).toList());
        values.add(value);
    }

    /** Writes both. */
    void write(Verdict.Kind kind) throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("version", Report.version());
        facts.put("host", Report.host());
        Map<String, Object> json = new LinkedHashMap<>(facts);
        json.put("result", kind.toString());
        json.put("scenarios", values);
        Files.write(Report.json(file), Json.pretty(json));
        Files.writeString(
                file,
                Report.page(
                        "All scenarios",
                        "Drills: %d scenarios".formatted(values.size()),
                        kind,
                        "",
                        false,
                        facts,
                        cells.toString()));
    }
}
