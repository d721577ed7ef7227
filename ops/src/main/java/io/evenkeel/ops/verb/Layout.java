package io.evenkeel.ops.verb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Tables and sentences in lines of so many columns. Lines break between words, and a word is never cut, since it may be a name, an
 * address or data that somebody copies: what does not fit beside the other cells stands below them. Pure functions.
 *
 * <p>A table that is too wide gives way in this order. Cells of several words get several lines. Whole columns move below their rows,
 * each cell with its title: the widest first, of narrow ones the last. Where only single cells are too wide, one of the first column
 * stands above the rest of its row, and one of the last column below.
 */
final class Layout {
    private static final String LINE = System.lineSeparator();
    private static final int BETWEEN = 2;
    private static final int INDENT = 4;
    /** Of names in the first column, and of text in the last: it is not made narrower than that. */
    private static final int LEAST_OUTER = 30;
    /** Of other columns: cells that are narrower stay in one line. */
    private static final int LEAST_INNER = 20;

    private final List<List<String>> rows;
    private final boolean titled;
    private final int columns;
    private final int[] widths;
    private final boolean[] below;
    private final int last;

    private Layout(List<List<String>> rows, boolean titled, int columns) {
        this.rows = rows;
        this.titled = titled;
        this.columns = columns;
        int count = rows.stream().mapToInt(List::size).max().orElse(0);
        widths = new int[count];
        below = new boolean[count];
        last = count - 1;
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
    }

    /**
     * A table: columns as wide as their widest cell, two spaces between them, as far as lines have room for that.
     *
     * @param titled whether the first row has the titles
     */
    static String table(List<List<String>> rows, boolean titled, int columns) {
        Layout layout = new Layout(rows, titled, columns);
        if (layout.total(layout.widths) > columns) {
            layout.narrow();
        }
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            layout.row(rows.get(i), titled && i == 0, lines);
        }
        return String.join(LINE, lines);
    }

    /** Lines that are too long, each broken between words, and what follows indented. */
    static String folded(String text, int columns) {
        if (text.lines().allMatch(line -> line.length() <= columns)) {
            return text;
        }
        List<String> lines = new ArrayList<>();
        for (String line : text.lines().toList()) {
            int blanks = line.length() - line.stripLeading().length();
            if (line.length() <= columns) {
                lines.add(line);
            } else {
                addLines(" ".repeat(blanks), " ".repeat(blanks + BETWEEN), line.strip(), columns, lines);
            }
        }
        return String.join(LINE, lines);
    }

    /** Of those that are not empty and stand beside each other. */
    private int total(int[] of) {
        int total = 0;
        for (int i = 0; i < of.length; i++) {
            total += below[i] || of[i] == 0 ? 0 : of[i] + BETWEEN;
        }
        return total - BETWEEN;
    }

    private void narrow() {
        int[] least = new int[widths.length];
        for (int i = 0; i <= last; i++) {
            least[i] = i == 0 || i == last
                    ? Math.min(widths[i], LEAST_OUTER)
                    : Math.max(Math.min(widths[i], LEAST_INNER), longestWord(i));
        }
        below[last] = last > 0
                && rows.stream()
                        .skip(titled ? 1 : 0)
                        .filter(row -> row.size() > last)
                        .allMatch(row -> longestWord(row.get(last)) > LEAST_OUTER);
        while (total(least) > columns) {
            int moved = 0;
            for (int i = 1; i <= last; i++) {
                boolean wider = least[i] >= Math.max(least[moved], LEAST_INNER) || least[moved] < LEAST_INNER;
                moved = !below[i] && least[i] > 0 && (moved == 0 || wider) ? i : moved;
            }
            if (moved == 0) {
                break;
            }
            below[moved] = true;
        }
        // Names are the last to give way.
        for (int first : new int[] {1, 0}) {
            while (total(widths) > columns) {
                int widest = -1;
                for (int i = first; i <= last; i++) {
                    boolean gives = !below[i] && widths[i] > least[i];
                    widest = gives && (widest < 0 || widths[i] > widths[widest]) ? i : widest;
                }
                if (widest < 0) {
                    break;
                }
                widths[widest]--;
            }
        }
    }

    private int longestWord(int column) {
        return rows.stream()
                .filter(row -> column < row.size())
                .mapToInt(row -> longestWord(row.get(column)))
                .max()
                .orElse(0);
    }

    private static int longestWord(String text) {
        return Arrays.stream(text.split(" ", -1)).mapToInt(String::length).max().orElse(0);
    }

    private void row(List<String> row, boolean ofTitles, List<String> lines) {
        List<List<String>> beside = new ArrayList<>();
        List<Integer> under = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            String cell = row.get(i);
            boolean fits = i == 0 ? cell.length() <= widths[i] : !below[i] && longestWord(cell) <= widths[i];
            if (i == 0 && !fits) {
                lines.add(cell);
            } else if (i > 0 && !fits && !ofTitles && !cell.equals("-")) {
                under.add(i);
            }
            beside.add(fits ? lines(cell, widths[i]) : List.of(""));
        }
        int height = beside.stream().mapToInt(List::size).max().orElse(0);
        for (int at = 0; at < height; at++) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < beside.size(); i++) {
                if (!below[i]) {
                    String part = at < beside.get(i).size() ? beside.get(i).get(at) : "";
                    line.append(part).repeat(' ', widths[i] + BETWEEN - part.length());
                }
            }
            lines.add(line.toString().stripTrailing());
        }
        under(row, under, lines);
    }

    private void under(List<String> row, List<Integer> under, List<String> lines) {
        int title = under.stream().mapToInt(i -> title(i).length()).max().orElse(0);
        for (int i : under) {
            String head = " ".repeat(INDENT)
                    + (title(i).isEmpty() ? "" : title(i) + " ".repeat(title + BETWEEN - title(i).length()));
            addLines(head, " ".repeat(head.length()), row.get(i), columns, lines);
        }
    }

    private String title(int column) {
        List<String> titles = titled ? rows.getFirst() : List.of();
        return column < titles.size() ? titles.get(column).toLowerCase(Locale.ROOT) : "";
    }

    private static void addLines(String first, String others, String text, int columns, List<String> lines) {
        String head = first;
        for (String line : lines(text, columns - others.length())) {
            lines.add(head + line);
            head = others;
        }
    }

    /** Broken between words; a word that is longer stays whole. */
    private static List<String> lines(String text, int width) {
        if (text.length() <= width) {
            return List.of(text);
        }
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            } else if (!line.isEmpty()) {
                line.append(' ');
            }
            line.append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
