package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ImageCommandTest {
    private static final Path DOCKERFILE = Path.of("../docker/Dockerfile");
    private static final Pattern STAGE = Pattern.compile("(?m)^FROM (\\S+)");

    @Test
    void basesAreNamedByTheirDigests() throws IOException {
        String text = Files.readString(DOCKERFILE);
        List<String> bases =
                STAGE.matcher(text).results().map(stage -> stage.group(1)).toList();
        assertThat(bases).containsExactly("$JDK", "$BASE");
        for (String base : bases) {
            Pattern pinned = Pattern.compile("(?m)^ARG " + base.substring(1) + "=\\S+:\\S+@sha256:[0-9a-f]{64}$");
            List<MatchResult> defaults = pinned.matcher(text).results().toList();
            assertThat(defaults).as(base).hasSize(1);
            assertThat(defaults.getFirst().start()).as(base).isLessThan(text.indexOf("\nFROM "));
        }
    }

    @Test
    void anEngineOfAnotherNameIsRefused() {
        Cli result = Cli.run("image", "--engine", "make");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("--engine is docker or podman, not make");
    }
}
