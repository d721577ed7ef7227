package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds docs/api.md and ops/openapi.yaml against the routes that a node has. */
final class RoutesDocTest extends AdminTest {
    private static final Path PAGE = Path.of("../docs/api.md");
    private static final Path DESCRIPTION = Path.of("../ops/openapi.yaml");

    /** Method, path, who may call; what it does is for people. */
    private static final Pattern ROW =
            Pattern.compile("^\\| (GET|POST|PUT|PATCH|DELETE) \\| `([^`]+)` \\|([^|]+)\\|.*");

    private static final String ANYBODY = "anybody";
    private static final String KEY = "the local key";

    private record Operation(String method, String path, String caller) {}

    @Test
    void everyRouteStandsInTheTablesAndNoOther() throws IOException {
        List<Operation> rows = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows.add(new Operation(row.group(1), row.group(2), row.group(3).strip()));
            }
        }
        assertThat(rows).containsExactlyInAnyOrderElementsOf(routes());
    }

    @Test
    void everyRouteStandsInTheDescriptionAndNoOther() throws IOException {
        List<Operation> described = new ArrayList<>();
        JsonNode paths = new YAMLMapper().readTree(DESCRIPTION.toFile()).path("paths");
        paths.properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(operation -> !operation.getKey().equals("parameters"))
                        .forEach(operation -> {
                            JsonNode security = operation.getValue().path("security");
                            described.add(new Operation(
                                    operation.getKey().toUpperCase(Locale.ROOT),
                                    path.getKey(),
                                    security.isArray() && security.isEmpty() ? ANYBODY : KEY));
                        }));
        assertThat(described).containsExactlyInAnyOrderElementsOf(routes());
    }

    /** A comma within braces ends a text that stands in no quotes: the rest of it becomes a key without a value. */
    @Test
    void noTextOfTheDescriptionIsCutByAComma() throws IOException {
        JsonNode description = new YAMLMapper().readTree(DESCRIPTION.toFile());
        assertThat(withoutValue(description)).isEmpty();
        assertThat(withoutValue(new YAMLMapper().readTree("{type: string, description: As far, as it is told.}")))
                .containsExactly("as it is told.");
    }

    private static List<String> withoutValue(JsonNode node) {
        List<String> found = new ArrayList<>();
        node.properties().stream()
                .filter(property -> property.getValue().isNull())
                .forEach(property -> found.add(property.getKey()));
        node.forEach(child -> found.addAll(withoutValue(child)));
        return found;
    }

    private List<Operation> routes() {
        return node.api.routes().stream()
                .map(route ->
                        new Operation(route.method(), route.pattern(), route.access() == Access.KEYED ? KEY : ANYBODY))
                .toList();
    }
}
