package io.evenkeel.zones.file;

import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.check.Fault;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the text of a master file into entries (RFC 1035 §5.1): a line, or several within parentheses. Comments,
 * parentheses and line ends are gone from an entry's text, so that dnsjava's tokenizer sees one plain line; octets beyond
 * ASCII have become {@code \DDD}, since dnsjava would encode them twice. What cannot be cut becomes an entry with a fault,
 * and reading goes on after it: at the next line, also when a parenthesis is never closed.
 */
final class EntryReader {
    private static final int EOF = -1;
    private static final String RULE = "RFC 1035 §5.1";
    private static final Fault UNCLOSED = new Fault("parenthesis is not closed", RULE);

    /** What some editors put before a text in UTF-8: no part of it. */
    private static final String MARK = "\uFEFF";

    private static final String OCTETS_OF_MARK = "\u00EF\u00BB\u00BF";

    private final Reader reader;
    private final Charset charset;
    private final char[] buffer = new char[1 << 16];
    private int position;
    private int filled;
    private final Budget budget;
    private boolean begun;

    /** Text to be read again before the reader's. */
    private String again = "";

    private int againPosition;

    /** What this entry was made of, to be read again from its second line if it never ends. */
    private final StringBuilder raw = new StringBuilder();

    private final StringBuilder text = new StringBuilder();
    private int line = 1;
    private int depth;
    private boolean foreign;
    private @Nullable Fault fault;

    /** How many characters may be read, for all files of a zone together. */
    static final class Budget {
        private long remainingChars;

        Budget(long chars) {
            remainingChars = chars;
        }

        boolean isExceeded() {
            return remainingChars < 0;
        }
    }

    /**
     * @param charset in which characters beyond ASCII count as octets
     * @param budget after so many characters the text is cut off
     */
    EntryReader(Reader reader, Charset charset, Budget budget) {
        this.reader = reader;
        this.charset = charset;
        this.budget = budget;
    }

    /**
     * One entry.
     *
     * @param line where it starts, from 1
     * @param blank it starts with white space: the owner is the last one's
     * @param text on one line
     * @param fault why it is none, null if it is one
     */
    record Entry(
            int line, boolean blank, String text, @Nullable Fault fault) {}

    /** Where the characters are that {@link #plainLine} found. */
    char[] buffer() {
        return buffer;
    }

    /** Where the next line starts in {@link #buffer}. */
    int position() {
        return position;
    }

    /** The number of the next line. */
    int line() {
        return line;
    }

    /**
     * Where the next line ends, if it is at hand as a whole and holds nothing that needs more than cutting at white space; -1 if
     * not. Nothing is read by that.
     */
    int plainLine() throws IOException {
        if (!begun || againPosition < again.length()) {
            return -1;
        }
        int at = position;
        while (true) {
            while (at < filled && RecordScanner.isPlain(buffer[at])) {
                at++;
            }
            if (at < filled) {
                return buffer[at] == '\n' ? at : -1;
            }
            if (position == 0 && filled == buffer.length) {
                return -1;
            }
            at -= position;
            System.arraycopy(buffer, position, buffer, 0, filled - position);
            filled -= position;
            position = 0;
            int more = Math.max(0, reader.read(buffer, filled, buffer.length - filled));
            budget.remainingChars -= more;
            filled += more;
            if (more == 0 || budget.isExceeded()) {
                return -1; // what is left has no end, which is for the other reader
            }
        }
    }

    /** Goes on behind a line that ends there. */
    void skipLine(int end) {
        position = end + 1;
        line++;
    }

    /** The next entry that is not empty, null at the end. */
    @Nullable
    Entry next() throws IOException {
        while (true) {
            raw.setLength(0);
            text.setLength(0);
            depth = 0;
            foreign = false;
            fault = null;
            int start = line;
            int first = read();
            if (first == EOF) {
                return null;
            }
            boolean blank = first == ' ' || first == '\t';
            collect(first);
            if (fault != null) {
                return new Entry(start, blank, "", fault);
            }
            if (!text.toString().isBlank()) {
                String escaped = foreign ? escaped(text.toString(), charset) : text.toString();
                return escaped == null
                        ? new Entry(start, blank, "", new Fault("half of a surrogate pair is no character", RULE))
                        : new Entry(start, blank, escaped, null);
            }
        }
    }

    /** Reads to the end of the entry; {@code c} is its first character. */
    private void collect(int c) throws IOException {
        int start = line;
        boolean quoted = false;
        while (c != EOF && !(c == '\n' && depth == 0)) {
            if (raw.length() > ZoneLimits.MAX_ENTRY_CHARS) {
                giveUp(
                        start,
                        depth > 0
                                ? UNCLOSED
                                : Fault.limit("entry is longer than " + ZoneLimits.MAX_ENTRY_CHARS + " characters"),
                        c);
                return;
            }
            if (quoted) {
                quoted = c != '"' && c != '\n';
                if (c == '\n') {
                    fault = new Fault("line " + line + ": quoted string is not closed", RULE);
                }
                text.append((char) c);
            } else if (c == ';') {
                c = skipComment();
                continue;
            } else {
                quoted = c == '"';
                plain(c);
            }
            if (c == '\n') {
                line++;
            } else if (c == '\\') {
                c = read();
                if (c == EOF || c == '\n') {
                    fault = new Fault("line " + line + ": nothing follows the last backslash", RULE);
                    quoted = false;
                    continue;
                }
                text.append((char) c);
            }
            foreign |= c >= 0x80;
            c = read();
        }
        if (quoted) {
            fault = new Fault("line " + line + ": quoted string is not closed", RULE);
        }
        if (c == '\n') {
            line++;
        } else if (depth > 0) {
            giveUp(start, UNCLOSED, EOF);
        }
    }

    private void plain(int c) {
        if (c == '(') {
            depth++;
            text.append(' ');
        } else if (c == ')') {
            if (depth == 0) {
                fault = new Fault("closing parenthesis without an opening one", RULE);
            } else {
                depth--;
            }
            text.append(' ');
        } else {
            text.append(c == '\n' || c == '\t' ? ' ' : (char) c);
        }
    }

    private int skipComment() throws IOException {
        int comment = raw.length();
        int c = read();
        while (c != EOF && c != '\n') {
            raw.setLength(comment); // however long it is, nobody reads it again
            c = read();
        }
        return c;
    }

    /** Makes the rest of the text, from the entry's second line, the text to be read. */
    private void giveUp(int start, Fault why, int pending) throws IOException {
        fault = why;
        int c = pending;
        while (raw.indexOf("\n") < 0 && c != EOF) {
            raw.setLength(0); // a single line without end: only its end matters
            c = read();
        }
        int newline = raw.indexOf("\n");
        String unread = again.substring(againPosition);
        again = newline < 0 ? unread : raw.substring(newline + 1) + unread;
        againPosition = 0;
        line = start + 1;
    }

    /** One character, with each kind of line end as a single one; kept in {@link #raw}. */
    private int read() throws IOException {
        int c;
        if (againPosition < again.length()) {
            c = again.charAt(againPosition++);
        } else {
            c = readChar();
            if (c == '\r') {
                c = readChar();
                if (c != '\n') {
                    if (c != EOF) {
                        position--;
                    }
                    c = '\n';
                }
            }
        }
        if (c != EOF) {
            raw.append((char) c);
        }
        return c;
    }

    private int readChar() throws IOException {
        if (position == filled) {
            position = 0;
            filled = Math.max(0, reader.read(buffer));
            budget.remainingChars -= filled;
            if (filled == 0 || budget.isExceeded()) {
                filled = 0;
                return EOF;
            }
            if (!begun) {
                begun = true;
                String start = new String(buffer, 0, Math.min(filled, OCTETS_OF_MARK.length()));
                position = start.equals(OCTETS_OF_MARK) ? OCTETS_OF_MARK.length() : start.startsWith(MARK) ? 1 : 0;
                return readChar();
            }
        }
        return buffer[position++];
    }

    /** The text with {@code \DDD} for each octet of what is beyond ASCII; null if the charset has not all of its characters. */
    static @Nullable String escaped(String entry, Charset charset) {
        if (entry.chars().allMatch(c -> c < 0x80)) {
            return entry;
        }
        if (!charset.newEncoder().canEncode(entry)) {
            return null;
        }
        StringBuilder escaped = new StringBuilder(entry.length() + 32);
        boolean backslash = false;
        for (byte octet : entry.getBytes(charset)) {
            if (octet < 0) {
                if (backslash) {
                    escaped.setLength(escaped.length() - 1); // it stood before a character that needs none
                }
                escaped.append('\\').append(octet & 0xff);
                backslash = false;
            } else {
                escaped.append((char) octet);
                backslash = octet == '\\' && !backslash;
            }
        }
        return escaped.toString();
    }
}
