package io.evenkeel.zones;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Inputs that a fuzzer once found worth keeping: {@code src/test/resources/fuzz/TARGET/*}. */
public final class Corpus {
    private Corpus() {}

    /** What a fuzzer calls. */
    @FunctionalInterface
    public interface Target {
        /** Throws if something does not hold of it. */
        void run(byte[] input) throws IOException;
    }

    /** A test for each input of that target. */
    public static Stream<DynamicTest> replay(Class<?> module, String name, Target target) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(folder(module, name))) {
            files = found.sorted().toList();
        }
        if (files.isEmpty()) {
            throw new IllegalStateException("no inputs for " + name);
        }
        return files.stream()
                .map(file -> DynamicTest.dynamicTest(
                        name + "/" + file.getFileName(), () -> target.run(Files.readAllBytes(file))));
    }

    private static Path folder(Class<?> module, String name) {
        URL folder = Objects.requireNonNull(module.getResource("/fuzz/" + name), "no inputs for " + name);
        try {
            return Path.of(folder.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
