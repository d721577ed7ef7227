package io.evenkeel.ops.verb;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Names, types and records as people write them on a command line. */
public final class RecordArguments {
    private RecordArguments() {}

    /** The name of a zone, with or without its last dot. */
    public static Name zone(String text) throws CommandFailure {
        try {
            return Name.fromString(text, Name.root).canonicalize();
        } catch (TextParseException e) {
            throw new CommandFailure(CommandFailure.USAGE, "not a zone name: " + text);
        }
    }

    /**
     * An owner: {@code @} is the apex, a name with a last dot is absolute, so is one that ends with the zone's name (nobody
     * means {@code www.example.org.example.org.}), anything else is relative to the zone.
     */
    public static Name owner(String text, Name zone) throws CommandFailure {
        try {
            if (text.equals("@")) {
                return zone;
            }
            Name absolute = Name.fromString(text, Name.root);
            Name name = absolute.subdomain(zone) ? absolute : Name.fromString(text, zone);
            if (!name.subdomain(zone)) {
                throw new CommandFailure(CommandFailure.USAGE, "%s is not in the zone %s".formatted(text, zone));
            }
            return name;
        } catch (TextParseException e) {
            throw new CommandFailure(CommandFailure.USAGE, "not a name: " + text);
        }
    }

    /** The number of a record type; mnemonics in any case, and TYPE65280. */
    public static int type(String text) throws CommandFailure {
        int type = Type.value(text.toUpperCase(Locale.ROOT));
        if (type < 0) {
            throw new CommandFailure(CommandFailure.USAGE, "not a record type: " + text);
        }
        return type;
    }

    /**
     * One record per argument; if they do not read so, one record of all of them, so that {@code MX 10 mail} needs no
     * quotes. Names in them without a last dot are relative to the zone.
     */
    public static List<Record> records(Name owner, int type, long ttlSeconds, List<String> rdata, Name zone)
            throws CommandFailure {
        List<Record> records = new ArrayList<>();
        try {
            for (String text : rdata) {
                records.add(record(owner, type, ttlSeconds, text, zone));
            }
            return records;
        } catch (IOException e) {
            try {
                return List.of(record(owner, type, ttlSeconds, String.join(" ", rdata), zone));
            } catch (IOException joined) {
                throw new CommandFailure(
                        CommandFailure.USAGE,
                        "not the data of a %s record: %s (%s)"
                                .formatted(Type.string(type), String.join(" ", rdata), Output.reason(e)));
            }
        }
    }

    private static Record record(Name owner, int type, long ttlSeconds, String rdata, Name zone) throws IOException {
        return Record.fromString(owner, type, DClass.IN, ttlSeconds, rdata, zone);
    }
}
