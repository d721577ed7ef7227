package io.evenkeel.server.admin;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import io.evenkeel.zones.check.RdataRules;
import io.evenkeel.zones.check.ZoneRules;
import io.evenkeel.zones.file.RdataSamples;
import io.evenkeel.zones.file.RecordReader;
import io.evenkeel.zones.file.RecordWriter;
import io.evenkeel.zones.file.ZoneFile;
import io.evenkeel.zones.store.RecordTypes;
import io.evenkeel.zones.store.Records;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * For a fuzzer: an octet that says what follows, two of a type, then RDATA of that type, or a text of it. Octets that are taken come back
 * from their text, whoever reads it: master files, by both of their readers, the API and the command line; and who takes a text makes
 * the same octets of it.
 */
public final class TextTarget {
    private static final int IS_TEXT = 1;
    private static final int HEAD = 3;
    private static final Name OWNER = Name.fromConstantString("t.example.");
    private static final Name ZONE = Name.fromConstantString("example.");

    /** What only master files may have outside of quotes. */
    private static final String OF_MASTER_FILES = ";()";

    private TextTarget() {}

    /** Throws if an invariant is broken. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length < HEAD) {
            return;
        }
        int type = (input[1] & 0xFF) << 8 | (input[2] & 0xFF);
        if (ZoneRules.refusedType(type) != null) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, HEAD, input.length);
        if ((input[0] & IS_TEXT) == 0) {
            octets(type, rest);
        } else {
            text(type, new String(rest, StandardCharsets.UTF_8));
        }
    }

    /** RDATA, or a text, of which a fuzzer makes others. */
    static byte[] input(boolean isText, int type, byte[] rest) {
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        input.write(isText ? IS_TEXT : 0);
        input.write(type >> 8);
        input.write(type);
        input.writeBytes(rest);
        return input.toByteArray();
    }

    /** First inputs: each sample as text and octets, and what becomes of both by chance. */
    static List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String sample : RdataSamples.all().toList()) {
            int blank = sample.indexOf(' ');
            int type = RecordReader.type(blank < 0 ? sample : sample.substring(0, blank));
            String text = blank < 0 ? "" : sample.substring(blank + 1);
            byte[] rdata = Objects.requireNonNull(file("t 60 " + sample, ZONE), sample);
            seeds.add(input(true, type, text.getBytes(StandardCharsets.UTF_8)));
            seeds.add(input(true, type, RecordWriter.rdata(record(type, rdata)).getBytes(StandardCharsets.UTF_8)));
            seeds.add(input(false, type, rdata));
            SplittableRandom random = new SplittableRandom(type);
            for (int i = 0; i < 4; i++) {
                seeds.add(input(false, type, RdataSamples.mutated(rdata, random)));
                seeds.add(input(true, type, RdataSamples.mutated(text, random).getBytes(StandardCharsets.UTF_8)));
            }
        }
        return seeds;
    }

    /** Writes the first inputs into a folder. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        int count = 0;
        for (byte[] seed : seeds()) {
            Files.write(folder.resolve(Integer.toString(count++)), seed);
        }
    }

    private static void octets(int type, byte[] rdata) throws IOException {
        if (RdataRules.fault(type, rdata) != null) {
            return;
        }
        Record record = record(type, rdata);
        String octets = Type.string(type) + " " + HexFormat.of().formatHex(rdata);
        same(rdata, Records.rdata(record), octets + " as a record");
        String text = RecordWriter.rdata(record);
        hold(text.matches("[ -~]+") && text.equals(text.strip()), octets + " is not one line of ASCII: " + text);
        String how = octets + " as " + text;
        same(rdata, Records.rdata(RecordReader.read(OWNER, type, 60, text)), how);
        same(rdata, file(plain(type, text), null), how + ", in a file");
        same(rdata, file(general(type, text), null), how + ", in parentheses");
        same(rdata, api(type, text), how + ", in the API");
        same(rdata, api(type, RecordWriter.rdataUncut(record)), how + ", uncut in the API");
        same(rdata, commandLine(type, text), how + ", on the command line");
    }

    private static void text(int type, String text) throws IOException {
        if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
            return; // of one record
        }
        String what = Type.string(type) + " " + text;
        byte[] relative = file(general(type, text), ZONE);
        same(relative, file(plain(type, text), ZONE), what + ", in parentheses and without");
        byte[] absolute = file(plain(type, text), null);
        hold(absolute == null || Arrays.equals(absolute, relative), what + ": other octets without an origin");
        if (relative != null) {
            octets(type, relative);
        }
        byte[] api = api(type, text);
        if (api == null) {
            hold(absolute == null || isOfMasterFiles(type, text), what + ": refused by the API");
            return;
        }
        octets(type, api);
        hold(
                absolute == null ? type == Type.TXT || type == Type.SPF : Arrays.equals(absolute, api),
                what + ": other octets in the API than in a file");
        byte[] commandLine = commandLine(type, text);
        hold(
                commandLine == null || Arrays.equals(commandLine, api) || isOfPersons(type, text),
                what + ": other octets on the command line than in the API");
    }

    /** The API refuses what would vanish, and what a person may not have meant so. */
    private static boolean isOfMasterFiles(int type, String text) {
        boolean isText = type == Type.TXT || type == Type.SPF;
        return text.chars().anyMatch(c -> OF_MASTER_FILES.indexOf(c) >= 0 || c >= 0x80)
                || (isText && !text.startsWith("\"") && !text.startsWith("\\#"));
    }

    /** On the command line a text without quotes is taken as it is, and a mailbox may be a mail address. */
    private static boolean isOfPersons(int type, String text) {
        return switch (type) {
            case Type.CAA, Type.URI -> !text.matches("\\s*(\\S+)\\s+(\\S+)\\s+\".*");
            case Type.TXT, Type.SPF, Type.AVC, Type.NINFO, RecordTypes.RESINFO, RecordTypes.WALLET ->
                !text.strip().startsWith("\"");
            case Type.RP, Type.MINFO, Type.SOA -> text.indexOf('@') >= 0;
            default -> false;
        };
    }

    private static Record record(int type, byte[] rdata) {
        return Record.newRecord(OWNER, type, DClass.IN, 60, rdata.length, rdata);
    }

    private static String plain(int type, String text) {
        return OWNER + "\t60\tIN\t" + Type.string(type) + "\t" + text;
    }

    /** A form that the reader of plain lines leaves to the other one. */
    private static String general(int type, String text) {
        return OWNER + " 60 (\tIN ) " + Type.string(type) + " " + text;
    }

    private static byte @Nullable [] file(String line, @Nullable Name origin) throws IOException {
        ZoneFile.Parsed parsed = ZoneFile.parse("text", new StringReader(line + "\n"), origin);
        return parsed.problems().isEmpty() ? Records.rdata(parsed.records().getFirst()) : null;
    }

    private static byte @Nullable [] api(int type, String text) {
        try {
            return Records.rdata(RecordText.parse(OWNER, type, 60, text));
        } catch (TextParseException refused) {
            hold(!String.valueOf(refused.getMessage()).isBlank(), "refused without a word: " + text);
            return null;
        }
    }

    private static byte @Nullable [] commandLine(int type, String text) {
        try {
            List<String> contents = RecordArguments.contents(type, List.of(text), ZONE);
            return contents.size() == 1 ? api(type, contents.getFirst()) : null;
        } catch (CommandFailure refused) {
            return null;
        }
    }

    private static void same(byte @Nullable [] one, byte @Nullable [] other, String what) {
        hold(Arrays.equals(one, other), what + ": " + hex(one) + " is not " + hex(other));
    }

    private static String hex(byte @Nullable [] octets) {
        return octets == null ? "refused" : HexFormat.of().formatHex(octets);
    }

    private static void hold(boolean condition, String violation) {
        if (!condition) {
            throw new AssertionError(violation);
        }
    }
}
