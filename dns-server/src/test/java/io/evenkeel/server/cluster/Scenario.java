package io.evenkeel.server.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file that tells what happens to the members of a cluster, in blocks: commands, a line {@code ----}, and the lines that
 * they bring about, up to an empty line. Lines that begin with {@code #} are for people.
 */
final class Scenario {
    private static final String RULE = "----";

    /** @param line of the first command, from 1 */
    record Block(int line, List<String> before, List<String> commands, List<String> expected) {
        String title() {
            return "line " + line + ": " + String.join("; ", commands);
        }
    }

    final Path file;
    final List<Block> blocks = new ArrayList<>();
    private final List<String> end;

    /** @throws IllegalArgumentException if it does not begin with a sentence, or commands have no expectation */
    Scenario(Path file) throws IOException {
        this.file = file;
        List<String> lines = Files.readAllLines(file);
        if (lines.isEmpty() || !lines.getFirst().startsWith("# ")) {
            throw new IllegalArgumentException(file + " does not begin with a sentence that says what it shows");
        }
        List<String> before = new ArrayList<>();
        int at = 0;
        while (at < lines.size()) {
            String line = lines.get(at);
            if (line.isBlank() || line.startsWith("#")) {
                before.add(line);
                at++;
                continue;
            }
            int first = at;
            List<String> commands = new ArrayList<>();
            while (at < lines.size() && !lines.get(at).equals(RULE)) {
                if (lines.get(at).isBlank()) {
                    throw new IllegalArgumentException(file + ":" + (at + 1) + ": " + RULE + " is missing");
                }
                commands.add(lines.get(at++).strip());
            }
            if (at == lines.size()) {
                throw new IllegalArgumentException(file + ":" + at + ": " + RULE + " is missing");
            }
            at++;
            List<String> expected = new ArrayList<>();
            while (at < lines.size() && !lines.get(at).isBlank()) {
                expected.add(lines.get(at++));
            }
            blocks.add(new Block(first + 1, List.copyOf(before), commands, expected));
            before.clear();
        }
        end = before;
    }

    /** Writes what comes about, block by block, in the place of what was expected. */
    void rewrite(List<List<String>> outputs) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            lines.addAll(blocks.get(i).before());
            lines.addAll(blocks.get(i).commands());
            lines.add(RULE);
            lines.addAll(outputs.get(i));
        }
        lines.addAll(end);
        Files.write(file, lines);
    }
}
