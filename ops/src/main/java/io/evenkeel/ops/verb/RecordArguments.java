package io.evenkeel.ops.verb;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Names, types and records as people write them on a command line, put into the form that the API takes. Pure functions.
 * Whether the data of a record is right the server alone judges.
 */
public final class RecordArguments {
    /** RFC 1035 §3.3: a character-string. */
    private static final int STRING_OCTETS = 255;
    /** What stands in an argument for octets that are no characters in the locale. */
    private static final char UNREADABLE = '\uFFFD';
    /** Letters whose A-labels by IDNA 2003, which is what Java has, are not those of IDNA 2008 (RFC 5894 §7.2). */
    private static final String DISPUTED = "\u00DF\u1E9E\u03C2\u200C\u200D";

    /** With a backslash before it, if there is one. */
    private static final Pattern CHARACTER = Pattern.compile("\\\\?.", Pattern.DOTALL);

    private RecordArguments() {}

    /** The name of a zone, with or without its last dot. */
    public static Name zone(String text) throws CommandFailure {
        try {
            return Name.fromString(ascii(text), Name.root).canonicalize();
        } catch (TextParseException e) {
            throw usage("not a zone name: " + text);
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
            String typed = ascii(text);
            Name absolute = Name.fromString(typed, Name.root);
            Name name = absolute.subdomain(zone) ? absolute : Name.fromString(typed, zone);
            if (!name.subdomain(zone)) {
                throw usage("%s is not in the zone %s".formatted(text, zone));
            }
            return name;
        } catch (TextParseException e) {
            throw usage("not a name: " + text);
        }
    }

    /**
     * A name that a record points to: {@code @} is the apex, one label is in the zone, a name of several labels is meant as it
     * stands, with or without its last dot.
     */
    public static Name target(String text, Name zone) throws CommandFailure {
        try {
            if (text.equals("@")) {
                return zone;
            }
            String typed = ascii(text);
            Name name = Name.fromString(typed);
            return name.isAbsolute() ? name : Name.fromString(typed, name.labels() > 1 ? Name.root : zone);
        } catch (TextParseException e) {
            throw usage("not a name: " + text);
        }
    }

    /** A mailbox as name or as mail address: {@code a.b@example.org} is {@code a\.b.example.org.} (RFC 1035 §8); {@code \@} is data. */
    public static Name mailbox(String text, Name zone) throws CommandFailure {
        StringBuilder local = new StringBuilder(text.length());
        Matcher characters = CHARACTER.matcher(text);
        while (characters.find()) {
            String character = characters.group();
            if (character.equals("@") && characters.start() > 0) {
                return target(local + "." + text.substring(characters.end()), zone);
            }
            local.append(character.equals(".") ? "\\." : character);
        }
        return target(text, zone);
    }

    /** The number of a record type; mnemonics in any case, and TYPE65280. */
    public static int type(String text) throws CommandFailure {
        int type = RecordTypes.value(text);
        if (type < 0) {
            throw usage("not a record type: " + text);
        }
        return type;
    }

    /**
     * The contents of records for the API; each argument is the data of one record.
     *
     * <p>A text (all of TXT, the value of CAA, the target of URI) is taken as it is, and quoted and cut into strings of 255
     * octets here; one that begins with a quote is in the form of a master file already. In other fields {@code ;} is data, and
     * names are those of {@link #target}. The fields of one record may also be arguments of their own, where no argument alone
     * could be a record, as in {@code MX 10 mail}.
     *
     * @throws CommandFailure a usage error that names the argument and says how it is written
     */
    public static List<String> contents(int type, List<String> arguments, Name zone) throws CommandFailure {
        RecordForm form = RecordForm.of(type);
        List<List<String>> records = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.isBlank()) {
                throw usage("an argument for data is empty: give one for each record%s"
                        .formatted(form.text() == 0 ? "; '\"\"' is a record of an empty text" : ""));
            }
            records.add(fields(form, readable(argument)));
        }
        List<String> contents = new ArrayList<>();
        for (List<String> record : together(type, form, records, arguments)) {
            contents.add(content(type, form, record, zone));
        }
        return contents;
    }

    /**
     * The names in the contents of a record as the API gives them: what it points to.
     *
     * @throws CommandFailure if they cannot be read
     */
    public static List<Name> targets(int type, String content) throws CommandFailure {
        RecordForm form = RecordForm.of(type);
        List<String> fields = fields(form, content);
        List<Name> targets = new ArrayList<>();
        for (int i = 0; i < fields.size() && !isGeneric(fields); i++) {
            if (form.isName(type, fields, i)) {
                targets.add(target(fields.get(i), Name.root));
            }
        }
        return targets;
    }

    /** The name that stands in the place of another. */
    public interface Renaming {
        /** @throws CommandFailure if there can be none */
        Name of(Name name) throws CommandFailure;
    }

    /**
     * The contents of a record, as the API gives them, with other names in it; empty if there are no names in it.
     *
     * @throws CommandFailure if they cannot be read, or a name cannot be another
     */
    public static Optional<String> renamed(int type, String content, Renaming renaming) throws CommandFailure {
        RecordForm form = RecordForm.of(type);
        List<String> fields = fields(form, content);
        boolean found = false;
        for (int i = 0; i < fields.size() && !isGeneric(fields); i++) {
            if (form.isName(type, fields, i)) {
                fields.set(i, renaming.of(target(fields.get(i), Name.root)).toString());
                found = true;
            }
        }
        return found ? Optional.of(String.join(" ", fields)) : Optional.empty();
    }

    /** One record for each argument, or one of all, if no argument has the fields of a record. */
    private static List<List<String>> together(
            int type, RecordForm form, List<List<String>> records, List<String> arguments) throws CommandFailure {
        boolean generic = isGeneric(records.getFirst());
        if (generic ? records.size() > 1 && records.getFirst().size() == 1 : none(form, records)) {
            List<String> all = generic
                    ? records.stream().flatMap(List::stream).toList()
                    : fields(form, String.join(" ", arguments));
            if (generic || (all.size() >= form.least() && all.size() <= form.most())) {
                return List.of(all);
            }
            throw fields(type, form, all.size(), String.join(" ", arguments));
        }
        for (int i = 0; i < records.size(); i++) {
            int size = records.get(i).size();
            if (!isGeneric(records.get(i)) && (size < form.least() || size > form.most())) {
                throw fields(type, form, size, arguments.get(i));
            }
        }
        return records;
    }

    /** A text at the end of a record may have any number of words. */
    private static boolean none(RecordForm form, List<List<String>> records) {
        if (form.text() > 0) {
            return !isGeneric(records.getFirst()) && records.getFirst().size() < form.least();
        }
        return records.stream().allMatch(record -> !isGeneric(record) && record.size() < form.least());
    }

    private static CommandFailure fields(int type, RecordForm form, int size, String given) {
        String wants = form.most() == RecordForm.ANY
                ? form.least() + " fields or more"
                : form.least() == 1 ? "1 field" : form.least() + " fields";
        return usage(
                "a record of type %s has %s, and '%s' has %d: each argument is one record; write one of several words in quotes%s"
                        .formatted(
                                Type.string(type),
                                wants,
                                given,
                                size,
                                type == Type.MX ? ", as in '10 mail' '20 mail.example.net'" : ""));
    }

    /** RFC 3597 §5. */
    private static boolean isGeneric(List<String> fields) {
        return !fields.isEmpty() && fields.getFirst().equals("\\#");
    }

    /**
     * Cuts at white space outside of quotes; parentheses outside of quotes are white space, too, as in a master file. A field that
     * is text goes to the end.
     */
    private static List<String> fields(RecordForm form, String data) throws CommandFailure {
        List<String> fields = new ArrayList<>();
        int at = 0;
        while (true) {
            if (fields.size() == form.text() && !isGeneric(fields)) {
                String rest = form.text() == 0 ? data : data.substring(at).strip();
                if (!rest.isBlank()) {
                    fields.add(isInQuotes(rest) ? masterText(rest) : quoted(rest, form));
                }
                return fields;
            }
            while (at < data.length() && isSpace(data.charAt(at))) {
                at++;
            }
            if (at == data.length()) {
                return fields;
            }
            int end = end(data, at);
            fields.add(data.substring(at, end));
            at = end;
        }
    }

    /** As character-strings in quotes. */
    private static String quoted(String plain, RecordForm form) {
        byte[] octets = plain.getBytes(StandardCharsets.UTF_8);
        // The value of CAA and the target of URI are no character-strings, and not cut (RFC 8659 §4.1.1, RFC 7553
        // §4.4).
        int step = form.text() == 0 ? STRING_OCTETS : Math.max(1, octets.length);
        StringBuilder text = new StringBuilder(octets.length + 16);
        for (int i = 0; i < octets.length; i++) {
            if (i % step == 0) {
                text.append(i == 0 ? "\"" : "\" \"");
            }
            int octet = octets[i] & 0xff;
            if (octet < 0x20 || octet >= 0x7f) {
                text.append("\\%03d".formatted(octet));
            } else {
                text.append(octet == '"' || octet == '\\' ? "\\" : "").append((char) octet);
            }
        }
        return text.append('"').toString();
    }

    /** Also behind a parenthesis, as tools print a text of several strings. */
    private static boolean isInQuotes(String text) {
        int at = 0;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return at < text.length() && text.charAt(at) == '"';
    }

    /** Strings in quotes, as in a master file. A comment behind them would vanish, so there is none. */
    private static String masterText(String data) throws CommandFailure {
        List<String> strings = new ArrayList<>();
        int at = 0;
        while (at < data.length()) {
            if (isSpace(data.charAt(at))) {
                at++;
                continue;
            }
            int end = end(data, at);
            String string = data.substring(at, end);
            if (string.startsWith(";")) {
                throw usage("behind the quotes stands '%s': leave that out, or give the whole text without quotes"
                        .formatted(data.substring(at)));
            }
            strings.add(octets(string));
            at = end;
        }
        return String.join(" ", strings);
    }

    private static int end(String data, int from) throws CommandFailure {
        boolean quoted = false;
        int at = from;
        while (at < data.length() && (quoted || !isSpace(data.charAt(at)))) {
            char c = data.charAt(at);
            if (c == '\\') {
                at++;
                if (at == data.length()) {
                    throw usage("nothing follows the backslash at the end of '%s'".formatted(data));
                }
            } else if (c == '"') {
                quoted = !quoted;
                if (!quoted && data.charAt(from) == '"') {
                    return at + 1; // "a""b" are two strings
                }
            }
            at++;
        }
        if (quoted) {
            throw usage("a quote is not closed in '%s'".formatted(data));
        }
        return at;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '(' || c == ')';
    }

    private static String content(int type, RecordForm form, List<String> fields, Name zone) throws CommandFailure {
        if (isGeneric(fields)) {
            return String.join(" ", fields);
        }
        List<String> content = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            String field = fields.get(i);
            if (i == form.text()) {
                content.add(field);
            } else if (form.isName(type, fields, i) && field.startsWith("\"")) {
                throw usage("a name stands without quotes, not as %s".formatted(field));
            } else if (form.mailboxes().contains(i)) {
                content.add(mailbox(field, zone).toString());
            } else if (form.isName(type, fields, i)) {
                content.add(target(field, zone).toString());
            } else {
                content.add(octets(escaped(field)));
            }
        }
        return String.join(" ", content);
    }

    /** A comment would begin there, and vanish. */
    private static String escaped(String field) {
        StringBuilder escaped = new StringBuilder(field.length() + 4);
        boolean quoted = false;
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\') {
                escaped.append(c);
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ';' && !quoted) {
                escaped.append('\\');
            }
            escaped.append(field.charAt(i));
        }
        return escaped.toString();
    }

    /** What is beyond ASCII as the octets of its UTF-8 ({@code \DDD}, RFC 1035 §5.1), and so are line ends. */
    private static String octets(String text) {
        StringBuilder octets = new StringBuilder(text.length() + 8);
        boolean backslash = false;
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            if (octet < 0x20 || octet == 0x7f) {
                if (backslash) {
                    octets.setLength(octets.length() - 1); // it stood before a character that needs none
                }
                octets.append("\\%03d".formatted(octet & 0xff));
                backslash = false;
            } else {
                octets.append((char) octet);
                backslash = octet == '\\' && !backslash;
            }
        }
        return octets.toString();
    }

    /** A name in A-labels (RFC 5890 §2.3.2.1): what is beyond ASCII in a name that a person types is a U-label. */
    private static String ascii(String name) throws CommandFailure {
        if (readable(name).chars().allMatch(c -> c < 0x80)) {
            return name;
        }
        if (name.chars().anyMatch(c -> DISPUTED.indexOf(c) >= 0)) {
            throw usage("%s: give the A-labels (xn--...) of this name, which has two forms".formatted(name));
        }
        try {
            return IDN.toASCII(name);
        } catch (IllegalArgumentException e) {
            throw usage("%s cannot be written in A-labels: give them as xn--...".formatted(name));
        }
    }

    private static String readable(String argument) throws CommandFailure {
        if (argument.indexOf(UNREADABLE) >= 0) {
            throw usage(
                    "'%s' has characters that cannot be read in the locale: set LC_ALL=C.UTF-8".formatted(argument));
        }
        return argument;
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(CommandFailure.USAGE, message);
    }
}
