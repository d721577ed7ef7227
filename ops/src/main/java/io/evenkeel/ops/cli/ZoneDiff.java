package io.evenkeel.ops.cli;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordTypes;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Serial;
import org.xbill.DNS.TextParseException;

/**
 * What differs between two versions of a zone, as the check writes them: a record a line, RDATA by its octets. The serial is
 * apart: it differs between versions that are else the same. One thread.
 */
final class ZoneDiff {
    /** Each takes some 300 octets twice, of the 256 MiB that the command line has. */
    static final int MOST_RECORDS = 200_000;

    private final List<String> lines = new ArrayList<>();
    private int added;
    private int removed;
    private int changed;
    private final long before;
    private final long after;

    private ZoneDiff(Version before, Version after) {
        this.before = before.serial;
        this.after = after.serial;
        Set<String> keys = new LinkedHashSet<>(before.rrsets.keySet());
        keys.addAll(after.rrsets.keySet());
        for (String key : new TreeSet<>(keys)) {
            Set<String> was = before.rrsets.getOrDefault(key, Set.of());
            Set<String> is = after.rrsets.getOrDefault(key, Set.of());
            if (was.equals(is)) {
                continue;
            }
            added += was.isEmpty() ? 1 : 0;
            removed += is.isEmpty() ? 1 : 0;
            changed += was.isEmpty() || is.isEmpty() ? 0 : 1;
            was.stream().filter(record -> !is.contains(record)).forEach(record -> lines.add("- " + record));
            is.stream().filter(record -> !was.contains(record)).forEach(record -> lines.add("+ " + record));
        }
    }

    /**
     * Compares two files of the check.
     *
     * @throws CommandFailure if one has too many records to be compared here
     */
    static ZoneDiff of(Path before, Path after) throws CommandFailure, IOException {
        return new ZoneDiff(new Version(before), new Version(after));
    }

    /** Whether anything but the serial differs. */
    boolean isEmpty() {
        return lines.isEmpty();
    }

    /** Records that are gone ({@code -}) and new ({@code +}), in the form of a master file; the serial of the SOA counts as 0. */
    List<String> lines() {
        return lines;
    }

    /** RRsets that are new, gone, and otherwise than before. */
    String counts() {
        return "+ %d, - %d, ~ %d RRsets".formatted(added, removed, changed);
    }

    Map<String, Object> value() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("added", added);
        value.put("removed", removed);
        value.put("changed", changed);
        value.put("serialBefore", before);
        value.put("serialAfter", after);
        value.put("records", lines);
        return value;
    }

    long before() {
        return before;
    }

    long after() {
        return after;
    }

    /** The serial of a zone at {@link #before} once it has the contents of the other: the one given if it is ahead (RFC 1982), else the next. */
    long next() {
        if (Serial.compare(after, before) > 0) {
            return after;
        }
        return isEmpty() ? before : Serial.increment(before);
    }

    private static final class Version {
        final Map<String, Set<String>> rrsets = new LinkedHashMap<>();
        long serial;

        Version(Path file) throws CommandFailure, IOException {
            int records = 0;
            try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (++records > MOST_RECORDS) {
                        throw CommandFailure.failed(
                                "a zone of more than %d records is not compared here: compare its exports"
                                        .formatted(MOST_RECORDS));
                    }
                    add(line.split(" ", -1));
                }
            }
        }

        /** Owner, TTL, class, type, {@code \#}, length, RDATA. */
        private void add(String[] fields) throws TextParseException {
            int type = RecordTypes.value(fields[3]);
            String rdata = rdata(fields, type);
            rrsets.computeIfAbsent(fields[0].toLowerCase(Locale.ROOT) + " " + fields[3], _ -> new LinkedHashSet<>())
                    .add("%s %s %s %s".formatted(fields[0], fields[1], fields[3], rdata));
        }

        private String rdata(String[] fields, int type) throws TextParseException {
            byte[] octets = HexFormat.of().parseHex(fields[6]);
            Record record =
                    Record.newRecord(Name.fromString(fields[0]), type, DClass.IN, Long.parseLong(fields[1]), octets);
            if (record == null) { // dnsjava says so of octets that it cannot read
                return "\\# " + fields[5] + " " + fields[6];
            }
            if (record instanceof SOARecord soa) {
                serial = soa.getSerial();
                return new SOARecord(
                                soa.getName(),
                                DClass.IN,
                                soa.getTTL(),
                                soa.getHost(),
                                soa.getAdmin(),
                                0,
                                soa.getRefresh(),
                                soa.getRetry(),
                                soa.getExpire(),
                                soa.getMinimum())
                        .rdataToString();
            }
            return record.rdataToString();
        }
    }
}
