package io.evenkeel.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** The tables in {@code src/test/resources/answers}; {@code -Drewrite} writes what the answers are into them, to be reviewed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnswerTablesTest {
    private static final Path TABLES = Path.of("src/test/resources/answers");

    private final byte[] out = new byte[65_535];

    @TestFactory
    Stream<DynamicNode> answersAreAsTheTablesSay() throws IOException {
        List<DynamicNode> tables = new ArrayList<>();
        try (Stream<Path> files = Files.list(TABLES)) {
            for (Path file : files.sorted().toList()) {
                AnswerTable table = new AnswerTable(file);
                if (System.getProperty("rewrite") != null) {
                    rewrite(table);
                    table = new AnswerTable(file);
                }
                AnswerTable read = table;
                tables.add(DynamicContainer.dynamicContainer(
                        file.getFileName().toString(),
                        read.rows.stream()
                                .map(row -> DynamicTest.dynamicTest(row.question(), () -> {
                                    assertThat(ask(read, row)).isEqualTo(row.expected());
                                }))));
            }
        }
        assertThat(tables).isNotEmpty();
        return tables.stream();
    }

    private void rewrite(AnswerTable table) throws IOException {
        List<List<String>> answers = new ArrayList<>();
        for (AnswerTable.Row row : table.rows) {
            answers.add(ask(table, row));
        }
        table.rewrite(answers);
    }

    private List<String> ask(AnswerTable table, AnswerTable.Row row) throws IOException {
        QueryCounters counters = new QueryCounters();
        QueryHandler handler = new QueryHandler(
                new AnswerSource(
                        () -> table.catalog,
                        AnswerTable.settings(row.question()),
                        () -> AnswerTable.isStale(row.question())),
                counters);
        byte[] message = AnswerTable.message(row.question());
        Transport transport = AnswerTable.transport(row.question());
        int length = AnswerTable.answer(
                handler,
                Arrays.copyOf(message, message.length + 8),
                message.length,
                transport,
                AnswerTable.client(row.question()),
                out);
        assertThat(length).isLessThanOrEqualTo(transport == Transport.TCP ? 65_535 : AnswerTable.UDP_PAYLOAD);
        assertThat(counters.failures()).isZero();
        return AnswerTable.toLines(out, length);
    }
}
