package io.evenkeel.zones.file;

import io.evenkeel.zones.Soa;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.check.Fault;
import io.evenkeel.zones.check.ProblemList;
import io.evenkeel.zones.check.SignatureDates;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.check.ZoneProblem;
import io.evenkeel.zones.check.ZoneProblem.Severity;
import io.evenkeel.zones.check.ZoneRules;
import io.evenkeel.zones.file.EntryReader.Entry;
import io.evenkeel.zones.store.PackedRecords;
import io.evenkeel.zones.store.RecordTypes;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.RelativeNameException;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TTL;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;
import org.xbill.DNS.WireParseException;

/**
 * Reads master files (RFC 1035 §5). dnsjava reads RDATA; what surrounds it is read here, because dnsjava's {@code Master}
 * stops at the first error and an operator wants all of them, each with its line. After a bad entry reading goes on with
 * the next: origin, default TTL and owner are kept; entries that lean on an owner that could not be read are judged and
 * left out.
 */
public final class ZoneFile {
    /** What dnsjava's tokenizer puts before its messages: it knows one entry only. */
    private static final Pattern TOKENIZER_PLACE = Pattern.compile("^<none>:\\d+: ");

    private static final String SYNTAX = "RFC 1035 §5.1";

    private final Includes includes;
    private final ProblemList problems = new ProblemList();
    private final PackedRecords records = new PackedRecords();
    private final RecordScanner scanner = new RecordScanner(records);
    private final List<String> sources = new ArrayList<>();
    private long[] places = new long[64];
    private final EntryReader.Budget budget = new EntryReader.Budget(ZoneLimits.MAX_ZONE_FILE_CHARS);
    private final Generate generate = new Generate();
    /** Entries within such that did not end, which did not either. */
    private int unended;

    private final Growth growth;
    private long toldOctets;
    private boolean stopped;

    private ZoneFile(Includes includes, Growth growth) {
        this.includes = includes;
        this.growth = growth;
    }

    /** Told from time to time what has become of a text so far, so that nobody reads on what he has no room for. */
    @FunctionalInterface
    public interface Growth {
        /** Each so many records, or octets of them. */
        int STEP = 1_024;

        int STEP_OCTETS = 256 << 10;

        /**
         * Whether to read on.
         *
         * @param records how many there are
         * @param octets of these in wire form
         */
        boolean goesOn(int records, long octets);
    }

    /**
     * Reads a text; its {@code $INCLUDE}s are refused, for there is no folder that they could be in.
     *
     * @param sourceName stands in problems
     * @param origin absolute; null: the text must name one itself
     * @throws IOException if the text could not be read to its end
     */
    public static Parsed parse(String sourceName, Reader text, @Nullable Name origin) throws IOException {
        return parse(sourceName, text, origin, (_, _) -> true);
    }

    /** The same, as long as it may grow; what is read until then is not all of it. */
    public static Parsed parse(String sourceName, Reader text, @Nullable Name origin, Growth growth)
            throws IOException {
        return new ZoneFile(new Includes(null), growth).parse(sourceName, text, StandardCharsets.UTF_8, null, origin);
    }

    /**
     * The same for a file, whose octets count as they are.
     *
     * @param includes whether {@code $INCLUDE} may open other files, those in the folder of this one or below it
     */
    public static Parsed parse(String sourceName, Path file, @Nullable Name origin, boolean includes)
            throws IOException {
        return parse(sourceName, file, origin, includes, (_, _) -> true);
    }

    /** The same, as long as it may grow; what is read until then is not all of it. */
    public static Parsed parse(String sourceName, Path file, @Nullable Name origin, boolean includes, Growth growth)
            throws IOException {
        try (Reader text = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            Path directory = file.toAbsolutePath().getParent();
            return new ZoneFile(new Includes(includes ? directory : null), growth)
                    .parse(sourceName, text, StandardCharsets.ISO_8859_1, directory, origin);
        }
    }

    /** What was read. */
    public static final class Parsed {
        private final @Nullable Name apex;
        private final ZoneFile file;

        private Parsed(@Nullable Name apex, ZoneFile file) {
            this.apex = apex;
            this.file = file;
        }

        /** Owner of the first SOA record, else the origin that was given, if any. */
        public @Nullable Name apex() {
            return apex;
        }

        /** What could be read, in order of the text. */
        public List<Record> records() {
            return file.records;
        }

        /** Problems of the text alone. */
        public List<ZoneProblem> problems() {
            return file.problems.toList(file.sources.getFirst());
        }

        /**
         * Judges text and contents together: problems of both with their lines, and the records in canonical order
         * without duplicates.
         */
        public ZoneBuilder.Checked check() {
            return file.check(apex, null);
        }

        /**
         * The same, with warnings of signatures that are not good then.
         *
         * @param thenSeconds since 1970
         */
        public ZoneBuilder.Checked check(long thenSeconds) {
            return file.check(apex, thenSeconds);
        }
    }

    private Parsed parse(String name, Reader text, Charset charset, @Nullable Path directory, @Nullable Name origin)
            throws IOException {
        if (origin != null && !origin.isAbsolute()) {
            throw new RelativeNameException(origin);
        }
        read(source(name, directory, 0, origin), text, charset);
        return new Parsed(apex(origin), this);
    }

    private @Nullable Name apex(@Nullable Name origin) {
        for (int i = 0; i < records.size(); i++) {
            if (records.type(i) == Type.SOA) {
                return records.owner(i);
            }
        }
        return origin;
    }

    private ZoneBuilder.Checked check(@Nullable Name apex, @Nullable Long thenSeconds) {
        boolean whole = problems.errors() == 0;
        ProblemList all = new ProblemList(problems);
        List<Record> distinct = records;
        if (apex == null) {
            if (whole) {
                Fault none = new Fault("no SOA record; a zone has exactly one", "RFC 1035 §5.2");
                all.add(problem(sources.getFirst(), 0, none));
            }
        } else {
            distinct = ZoneBuilder.examine(apex, records, whole, Severity.WARNING, all, this::located);
        }
        if (thenSeconds != null) {
            SignatureDates.check(PackedRecords.of(distinct), thenSeconds, all, this::located);
        }
        return new ZoneBuilder.Checked(distinct, all.toList(sources.getFirst()));
    }

    private ZoneProblem located(Severity severity, Record record, int index, Fault fault) {
        return index < 0
                ? new ZoneProblem(severity, sources.getFirst(), 0, record.getName(), fault)
                : new ZoneProblem(
                        severity,
                        sources.get((int) (places[index] >>> 32)),
                        (int) places[index],
                        record.getName(),
                        fault);
    }

    private static ZoneProblem problem(String source, int line, Fault fault) {
        return new ZoneProblem(Severity.ERROR, source, line, null, fault);
    }

    private Source source(String name, @Nullable Path directory, int depth, @Nullable Name origin) {
        sources.add(name);
        return new Source(sources.size() - 1, name, directory, depth, origin);
    }

    private void read(Source source, Reader text, Charset charset) throws IOException {
        EntryReader entries = new EntryReader(text, charset, budget);
        boolean resuming = false;
        while (!stopped) {
            if (!resuming && scanned(source, entries)) {
                continue;
            }
            Entry entry = entries.next();
            if (entry == null) {
                break;
            }
            Fault fault = judge(source, entry);
            if (fault != null && !(resuming && entry.blank())) {
                add(source, entry.line(), fault);
            } else if (fault != null && entry.fault() != null) {
                // The lines of an entry that never ended are no mistakes of their own, but each may be as dear to read.
                giveUpAt(source, entry.line(), ++unended);
            }
            resuming = fault != null && (entry.fault() != null || (resuming && entry.blank()));
        }
        if (budget.isExceeded() && !stopped) {
            stopped = true;
            add(source, 0, Fault.limit("the text is longer than " + ZoneLimits.MAX_ZONE_FILE_CHARS + " characters"));
        }
    }

    private boolean scanned(Source source, EntryReader entries) throws IOException {
        int end = entries.plainLine();
        if (end < 0 || !scanner.take(entries.buffer(), entries.position(), end, source)) {
            return false;
        }
        source.ownerLost = false;
        place(source, entries.line());
        entries.skipLine(end);
        return true;
    }

    private void add(Source source, int line, Fault fault) {
        problems.add(problem(source.name, line, fault));
        giveUpAt(source, line, problems.errors());
    }

    private void giveUpAt(Source source, int line, int faults) {
        if (faults >= ZoneLimits.MAX_COUNTED_PROBLEMS && !stopped) {
            stopped = true;
            problems.add(problem(source.name, line, Fault.limit("the rest of the file was not read")));
        }
    }

    /** Takes one entry; why it could not, null if it could. */
    private @Nullable Fault judge(Source source, Entry entry) throws IOException {
        if (entry.fault() != null) {
            source.ownerLost |= !entry.blank();
            return entry.fault();
        }
        try {
            take(source, entry, new ExactTokenizer(entry.text()));
            return null;
        } catch (BadEntryException bad) {
            return bad.fault();
        } catch (TextParseException bad) {
            return new Fault(plain(bad), SYNTAX);
        } catch (WireParseException bad) { // RDATA in the form of unknown types is read as if from the wire
            return new Fault("malformed RDATA: " + bad.getMessage(), "RFC 3597 §5");
        } catch (IOException bad) {
            return Fault.limit("cannot be read: " + bad);
        } catch (RuntimeException bad) {
            // dnsjava answers some malformed RDATA with unchecked exceptions; the input is at fault all the same.
            String text = bad.getMessage() == null ? bad.getClass().getSimpleName() : bad.getMessage();
            return new Fault("malformed: " + text, SYNTAX);
        }
    }

    private static String plain(TextParseException bad) {
        return TOKENIZER_PLACE.matcher(String.valueOf(bad.getMessage())).replaceFirst("");
    }

    private void take(Source source, Entry entry, ExactTokenizer tokens) throws IOException, BadEntryException {
        if (!entry.blank()) {
            String word = tokens.getString();
            if (word.startsWith("$")) {
                directive(source, entry, word.toUpperCase(Locale.ROOT), tokens);
                return;
            }
            source.ownerLost = true;
            byte[] name = name(source, word).toWire();
            source.setOwner(name, name.length);
            source.ownerLost = false;
        }
        byte[] wire = source.owner();
        if (wire == null && !source.ownerLost) {
            throw new BadEntryException("no owner name before the first record", SYNTAX);
        }
        Name owner = wire == null ? Name.root : new Name(wire);
        Head head = head(source, entry.line(), tokens);
        Record record = record(source, owner, head, tokens);
        if (!source.ownerLost) {
            keep(source, entry.line(), record);
        }
    }

    private void keep(Source source, int line, Record record) throws BadEntryException {
        if (records.size() == ZoneLimits.MAX_ZONE_RECORDS) {
            stopped = true;
            throw new BadEntryException(Fault.limit("more than " + ZoneLimits.MAX_ZONE_RECORDS + " records"));
        }
        records.add(record);
        place(source, line);
    }

    /** Notes where the newest record stood. */
    private void place(Source source, int line) {
        if (records.size() > places.length) {
            places = Arrays.copyOf(places, places.length * 2);
        }
        places[records.size() - 1] = (long) source.number << 32 | line;
        long octets = records.octets();
        if (records.size() % Growth.STEP == 0 || octets - toldOctets >= Growth.STEP_OCTETS) {
            toldOctets = octets;
            stopped |= !growth.goesOn(records.size(), octets);
        }
    }

    private static Name name(Source source, String word) throws IOException, BadEntryException {
        Name name = Name.fromString(word, source.originName());
        if (!name.isAbsolute()) {
            throw new BadEntryException(
                    "name '" + word + "' is relative and there is no origin: no $ORIGIN, none was given", SYNTAX);
        }
        return name;
    }

    /** What stands between owner and RDATA; ttl -1: none is known. */
    private record Head(long ttl, int type) {}

    /** TTL and class in either order, each optional (RFC 1035 §5.1). */
    private Head head(Source source, int line, Tokenizer tokens) throws IOException, BadEntryException {
        String word = tokens.getString();
        long ttl = -1;
        int dclass = -1;
        while (true) {
            if (ttl < 0 && Character.isDigit(word.charAt(0))) {
                ttl = ttl(source, line, word);
                source.lastTtl = ttl;
            } else if (dclass < 0 && DClass.value(word) >= 0 && RecordTypes.value(word) < 0) {
                dclass = DClass.value(word);
            } else {
                break;
            }
            word = tokens.getString();
        }
        if (dclass >= 0 && dclass != DClass.IN) {
            throw new BadEntryException(
                    "class " + DClass.string(dclass) + ": only class IN is served", "RFC 1035 §5.2");
        }
        int type = RecordTypes.value(word);
        if (type < 0) {
            throw new BadEntryException("'" + word + "' is not a record type", "RFC 3597 §5");
        }
        Fault refused = ZoneRules.refusedType(type);
        if (refused != null) {
            throw new BadEntryException(refused);
        }
        if (ttl < 0) {
            ttl = source.defaultTtl >= 0 ? source.defaultTtl : source.lastTtl;
        }
        if (ttl < 0 && type != Type.SOA) {
            throw new BadEntryException("no TTL: none here, no $TTL and none before", "RFC 2308 §4");
        }
        return new Head(ttl, type);
    }

    /** RFC 2181 §8: a TTL whose first bit is set counts as 0. BIND says so and does it; NSD and Knot take it as it is. */
    private long ttl(Source source, int line, String word) throws BadEntryException {
        long ttl = RecordReader.ttl(word);
        if (ttl <= TTL.MAX_VALUE) {
            return ttl;
        }
        Fault above = new Fault("TTL " + word + " is above 2147483647 and counts as 0", "RFC 2181 §8");
        problems.add(new ZoneProblem(Severity.WARNING, source.name, line, null, above));
        return 0;
    }

    private static Record record(Source source, Name owner, Head head, ExactTokenizer tokens)
            throws IOException, BadEntryException {
        Record record;
        try {
            record = RecordReader.read(owner, head.type, Math.max(0, head.ttl), tokens, source.originName());
        } catch (BadEntryException bad) {
            Fault fault = bad.fault();
            throw new BadEntryException(Type.string(head.type) + " record: " + fault.text(), fault.rule());
        } catch (TextParseException bad) {
            throw new BadEntryException(Type.string(head.type) + " record: " + plain(bad), SYNTAX);
        }
        if (head.ttl < 0 && record instanceof SOARecord soa) {
            // A first SOA without TTL lives as long as it says of negative answers, and so do the records after it.
            source.defaultTtl = soa.getMinimum();
            return Soa.with(soa, soa.getMinimum(), soa.getSerial());
        }
        return record;
    }

    private void directive(Source source, Entry entry, String directive, ExactTokenizer tokens)
            throws IOException, BadEntryException {
        switch (directive) {
            case "$ORIGIN" -> {
                source.setOrigin(name(source, tokens.getString()));
                tokens.getEOL();
            }
            case "$TTL" -> {
                source.defaultTtl = ttl(source, entry.line(), tokens.getString());
                tokens.getEOL();
            }
            case "$INCLUDE" -> include(source, tokens);
            case "$GENERATE" -> generate(source, entry, tokens);
            default -> throw new BadEntryException("'" + directive + "' is not a directive that is known here", SYNTAX);
        }
    }

    private void include(Source source, Tokenizer tokens) throws IOException, BadEntryException {
        String fileName = tokens.getString();
        Name origin = source.originName();
        Tokenizer.Token token = tokens.get();
        if (token.isString()) {
            origin = name(source, token.value());
            tokens.getEOL();
        }
        Path file = includes.open(source.directory, source.depth, fileName);
        Source included = source(fileName, file.getParent(), source.depth + 1, origin);
        byte[] owner = source.owner();
        if (owner != null) {
            included.setOwner(owner, owner.length);
        }
        included.defaultTtl = source.defaultTtl;
        included.lastTtl = source.lastTtl;
        try (Reader text = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            read(included, text, StandardCharsets.ISO_8859_1);
        }
    }

    /** RDATA of several words stands in quotes, and what is quoted in it behind backslashes. */
    private void generate(Source source, Entry entry, ExactTokenizer tokens) throws IOException, BadEntryException {
        Generate.Range range = Generate.Range.parse(tokens.getString());
        String owners = tokens.getString();
        Head head = head(source, entry.line(), tokens);
        boolean quoted = tokens.get().type() == Tokenizer.QUOTED_STRING;
        tokens.unget();
        String rdata = quoted ? tokens.getString().replace("\\\"", "\"") : tokens.getString();
        tokens.getEOL();
        for (long number = range.start(); number <= range.stop() && !stopped; number += range.step()) {
            Name owner = name(source, generate.write(owners, number));
            keep(source, entry.line(), record(source, owner, head, new ExactTokenizer(generate.write(rdata, number))));
        }
    }
}
