package io.evenkeel.ops.bench;

import io.evenkeel.ops.fleet.QuestionPattern;
import io.evenkeel.ops.fleet.QuestionPattern.Edns;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Questions to ask, in turn and again from the start; a name may hold digits that are new each time. One thread. */
final class BenchQuestions {
    /** Of a file. */
    private final List<byte[]> messages;
    /** Null if there is a file. */
    private final @Nullable QuestionPattern pattern;

    private final SplittableRandom random;
    private int next;

    private BenchQuestions(List<byte[]> messages, @Nullable QuestionPattern pattern, long seed) {
        this.messages = messages;
        this.pattern = pattern;
        random = new SplittableRandom(seed);
    }

    /** @param pattern a name in which each {@code #} is a random digit */
    static BenchQuestions random(String pattern, String type, Edns edns, long seed) throws CommandFailure {
        return new BenchQuestions(List.of(), QuestionPattern.of(pattern, "--names", type, "--type", edns), seed);
    }

    /** @param file lines of a name and a type, as dnsperf reads them; empty lines and those that begin with ; are passed over */
    static BenchQuestions read(Path file, Edns edns) throws CommandFailure, IOException {
        List<byte[]> messages = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                String text = line.strip();
                if (text.isEmpty() || text.startsWith(";")) {
                    continue;
                }
                String where = file + ":" + number;
                String[] words = text.split("\\s+", -1);
                if (words.length != 2) {
                    throw new CommandFailure(
                            CommandFailure.USAGE, where + ": wants a name and a type, as in `www.example.org A`");
                }
                if (messages.size() == LoadLimits.BENCH_QUESTIONS) {
                    throw new CommandFailure(
                            CommandFailure.USAGE,
                            "%s: more than %,d questions, the most that are read; ask for random names with --names"
                                    .formatted(where, LoadLimits.BENCH_QUESTIONS));
                }
                messages.add(QuestionPattern.message(words[0], words[1], where, edns));
            }
        } catch (MalformedInputException e) {
            throw new CommandFailure(CommandFailure.USAGE, file + " is not text in UTF-8");
        }
        if (messages.isEmpty()) {
            throw new CommandFailure(CommandFailure.USAGE, file + " holds no question");
        }
        return new BenchQuestions(messages, null, 0);
    }

    /** The next one, its ID still 0; valid until the call after this. */
    byte[] next() {
        if (pattern != null) {
            return pattern.next(random);
        }
        byte[] message = messages.get(next);
        next = next + 1 == messages.size() ? 0 : next + 1;
        return message;
    }
}
