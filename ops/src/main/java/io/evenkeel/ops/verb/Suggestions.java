package io.evenkeel.ops.verb;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;

/** What a word that no verb knows was meant to be: what differs by a slip of the fingers, and nothing else. */
public final class Suggestions {
    private static final int MOST = 3;

    private Suggestions() {}

    /**
     * The calls that may have been meant; none if nothing is near.
     *
     * @param line that does not know the word
     * @param word a verb, or an option with its hyphens
     */
    public static List<String> of(CommandLine line, String word) {
        String call = line.getCommandSpec().qualifiedName();
        String typed = word.split("=", 2)[0].toLowerCase(Locale.ROOT);
        if (typed.startsWith("-")) {
            return near(typed, line.getCommandSpec().optionsMap().keySet()).stream()
                    .map(option -> call + " " + option)
                    .toList();
        }
        List<String> calls = new ArrayList<>();
        near(typed, line.getSubcommands().keySet()).forEach(verb -> calls.add(call + " " + verb));
        // A verb without the word before it.
        line.getSubcommands().forEach((group, below) -> {
            if (calls.size() < MOST && below.getSubcommands().containsKey(typed)) {
                calls.add(call + " " + group + " " + typed);
            }
        });
        return calls;
    }

    /** Those that differ by one slip, or by one for each three letters, the nearest first. */
    private static List<String> near(String typed, Iterable<String> known) {
        record Near(String word, int slips) {}
        List<Near> near = new ArrayList<>();
        for (String word : known) {
            int slips = slips(typed, word);
            if (slips <= Math.max(1, word.length() / 3)) {
                near.add(new Near(word, slips));
            }
        }
        return near.stream()
                .sorted(Comparator.comparingInt(Near::slips).thenComparing(Near::word))
                .limit(MOST)
                .map(Near::word)
                .toList();
    }

    /** Letters that are wrong, missing, too many, or in the place of their neighbour. */
    private static int slips(String one, String other) {
        int[][] slips = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    slips[i][j] = i + j;
                    continue;
                }
                int wrong = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                slips[i][j] = Math.min(slips[i - 1][j - 1] + wrong, 1 + Math.min(slips[i - 1][j], slips[i][j - 1]));
                if (i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1)) {
                    slips[i][j] = Math.min(slips[i][j], 1 + slips[i - 2][j - 2]);
                }
            }
        }
        return slips[one.length()][other.length()];
    }
}
