package io.evenkeel.zones.file;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.check.ZoneProblem;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** For a fuzzer: an octet that says how it is read, then a master file. */
public final class ZoneFileTarget {
    private static final int WITHOUT_ORIGIN = 1;
    private static final int FROM_FILE = 2;
    private static final Name ORIGIN = Name.fromConstantString("example.");
    /** Its name is short, so that a fuzzer finds that a file can include itself. */
    private static final Path FILE = folder().resolve("f");

    private ZoneFileTarget() {}

    /** Throws if an invariant is broken. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        byte[] text = Arrays.copyOfRange(input, 1, input.length);
        if (isLarge(new String(text, StandardCharsets.ISO_8859_1))) {
            return;
        }
        Name origin = (input[0] & WITHOUT_ORIGIN) == 0 ? ORIGIN : null;
        ZoneFile.Parsed parsed = (input[0] & FROM_FILE) == 0 ? read(text, origin) : readFile(text, origin);
        ZoneBuilder.Checked checked = parsed.check();
        hold(checked.problems().size() <= ZoneLimits.MAX_PROBLEMS + 1, "more problems than are to be told");
        checked.problems().forEach(ZoneFileTarget::check);
        Name apex = parsed.apex();
        if (apex == null) {
            hold(!checked.accepted(), "taken without an apex");
            return;
        }
        for (Record record : checked.records()) { // as it is replicated and kept
            Record again = Record.fromWire(record.toWire(Section.ANSWER), Section.ANSWER);
            hold(again.equals(record), "not the same when written and read: " + record);
        }
        if (checked.accepted()) {
            Zone.load(apex, new ZoneVersion(1, 1), checked.records());
        }
        // What comes by the API is a list of records, which is judged once more.
        ZoneBuilder.Checked again = ZoneBuilder.examine(apex, checked.records());
        hold(!checked.accepted() || again.accepted(), "taken as text, not as records");
        if (again.accepted()) {
            Zone.load(apex, new ZoneVersion(1, 1), again.records());
        }
    }

    private static void check(ZoneProblem problem) {
        String line = problem.toString();
        hold(!line.isBlank() && !problem.message().isBlank(), "a problem without words");
        hold(line.chars().noneMatch(c -> c < ' '), "a problem that is not one line: " + line);
        hold(line.length() < 5_000, "a problem longer than a page");
    }

    /** Each within its limits, many {@code $GENERATE}s may ask for all the records that a zone can have: right, but slow. */
    private static boolean isLarge(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        int first = upper.indexOf("$GENERATE");
        return first >= 0 && (upper.indexOf("$GENERATE", first + 1) >= 0 || upper.contains("$INCLUDE"));
    }

    private static ZoneFile.Parsed read(byte[] text, @Nullable Name origin) throws IOException {
        return ZoneFile.parse("text", new StringReader(new String(text, StandardCharsets.UTF_8)), origin);
    }

    private static ZoneFile.Parsed readFile(byte[] text, @Nullable Name origin) throws IOException {
        Files.write(FILE, text);
        return ZoneFile.parse("f", FILE, origin, true);
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("zone-file-target");
            folder.toFile().deleteOnExit();
            folder.resolve("f").toFile().deleteOnExit(); // in reverse order
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void hold(boolean condition, String violation) {
        if (!condition) {
            throw new AssertionError(violation);
        }
    }
}
