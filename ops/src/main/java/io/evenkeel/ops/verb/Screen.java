package io.evenkeel.ops.verb;

import java.io.PrintWriter;
import java.io.Writer;

/** Standard output whose lines have so many columns; any other writer takes rows as long as they are. */
public final class Screen extends PrintWriter {
    /** No table can be laid out in fewer; what is narrower breaks the lines by itself. */
    private static final int LEAST_COLUMNS = 40;

    private static final int MOST_COLUMNS = 1000;

    private final int columns;

    /** Flushes each line. */
    public Screen(Writer out, int columns) {
        super(out, true);
        this.columns = Math.clamp(columns, LEAST_COLUMNS, MOST_COLUMNS);
    }

    int columns() {
        return columns;
    }
}
