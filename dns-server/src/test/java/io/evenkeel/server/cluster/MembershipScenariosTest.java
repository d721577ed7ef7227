package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The scenarios in {@code src/test/resources/membership}: the rules of simulated nodes against each other. {@code -Drewrite}
 * writes the results into them, for a review.
 */
class MembershipScenariosTest {
    private static final Path SCENARIOS = Path.of("src/test/resources/membership");

    @TestFactory
    Stream<DynamicTest> membersComeAndGoAsTheScenariosSay() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.list(SCENARIOS)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".txt"))
                    .sorted()
                    .toList()) {
                tests.add(DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(new Scenario(file))));
            }
        }
        assertThat(tests).isNotEmpty();
        return tests.stream();
    }

    private static void check(Scenario scenario) throws IOException {
        SimulatedCluster cluster = new SimulatedCluster();
        List<List<String>> outputs = new ArrayList<>();
        for (Scenario.Block block : scenario.blocks) {
            List<String> output = new ArrayList<>();
            for (String command : block.commands()) {
                output.addAll(cluster.run(command));
            }
            outputs.add(output.isEmpty() ? List.of("nothing new") : output);
        }
        if (System.getProperty("rewrite") != null) {
            scenario.rewrite(outputs);
            return;
        }
        for (int i = 0; i < outputs.size(); i++) {
            Scenario.Block block = scenario.blocks.get(i);
            assertThat(String.join("\n", outputs.get(i)))
                    .as(scenario.file + ", " + block.title())
                    .isEqualTo(String.join("\n", block.expected()));
        }
    }
}
