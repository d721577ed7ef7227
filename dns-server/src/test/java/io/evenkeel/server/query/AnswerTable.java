package io.evenkeel.server.query;

import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.file.ZoneFile;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import org.xbill.DNS.WireParseException;

/**
 * Zones, questions and what is expected of the answers, as text:
 *
 * <pre>
 * zone example.            master file lines follow; a SOA record is added if there is none
 * ---
 * ask NAME TYPE [tcp] [edns=SIZE] [do] [rd] [cd] [ad] [z] [class=CLASS] [opcode=N] [version=N] [ednsflags=HEX]
 *                          [option=CODE[:HEX]]... [no-question] [stale] [SETTING]...
 *                          ; which RFC says so; stale: what is served is too old
 * send HEX [tcp] [SETTING]...  a message as it is
 * SETTING:                 from=ADDRESS now=SECONDS secret=HEX[,HEX] no-cookies require-cookie chaos no-nsid draining links=NUMBER
 * RCODE flags… options     or: silent
 * answer|authority|additional  RECORD
 * </pre>
 * Records of a section may come in any order.
 */
final class AnswerTable {
    /** Records of a zone that has each kind of answer that an unsigned one can have, one of them too long for UDP. */
    static final String EVERY_KIND = """
            @ NS ns1
            @ MX 10 ns1
            ns1 A 192.0.2.1
            ns1 A 192.0.2.2
            *.w A 192.0.2.3
            alias CNAME alias2
            alias2 CNAME ns1
            sub NS ns.sub
            ns.sub A 192.0.2.4
            d DNAME w
            big 60 TXT "%1$sa" "%1$s"
            big 60 TXT "%1$sb" "%1$s"
            """.formatted("0123456789".repeat(25));

    private static final String DEFAULT_SOA = "@ 3600 SOA ns1 admin 1 3600 600 86400 60\n";
    /** Of RFC 9018 appendix A.1. */
    private static final String SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf";

    static final int UDP_PAYLOAD = 1232;

    private static final List<String> SECTIONS = List.of("question", "answer", "authority", "additional");

    /** A question, the line that it is on, and what is expected. */
    record Row(int line, String question, List<String> expected) {}

    private final Path file;
    private final List<String> lines;
    final Catalog catalog;
    final List<Row> rows = new ArrayList<>();

    AnswerTable(Path file) throws IOException {
        this.file = file;
        this.lines = Files.readAllLines(file);
        Catalog zones = new Catalog();
        int i = 0;
        while (!lines.get(i).equals("---")) {
            if (lines.get(i).startsWith("zone ")) {
                Name apex = Name.fromString(lines.get(i).substring(5).trim());
                StringBuilder text = new StringBuilder();
                for (i++; !lines.get(i).startsWith("zone ") && !lines.get(i).equals("---"); i++) {
                    text.append(lines.get(i)).append('\n');
                }
                zones = zones.with(Zone.load(apex, new ZoneVersion(1, 1), records(apex, text.toString())));
            } else {
                i++;
            }
        }
        catalog = zones;
        for (i++; i < lines.size(); i++) {
            if (isQuestion(lines.get(i))) {
                List<String> expected = new ArrayList<>();
                int line = i;
                for (int j = i + 1; j < lines.size() && isExpectation(lines.get(j)); j++) {
                    expected.add(normal(lines.get(j)));
                }
                rows.add(new Row(line, lines.get(line), expected));
            }
        }
    }

    /** The first of its zones, as a master file. */
    String zoneText() {
        StringBuilder text = new StringBuilder();
        int first = 0;
        while (!lines.get(first).startsWith("zone ")) {
            first++;
        }
        for (String line : lines.subList(first + 1, lines.indexOf("---"))) {
            if (line.startsWith("zone ")) {
                break;
            }
            text.append(line).append('\n');
        }
        return text.indexOf(" SOA ") >= 0 ? text.toString() : "$TTL 300\n" + DEFAULT_SOA + text;
    }

    /** The file with what the answers are in place of what they should be. */
    void rewrite(List<List<String>> answers) throws IOException {
        List<String> written = new ArrayList<>();
        int row = 0;
        for (int i = 0; i < lines.size(); i++) {
            written.add(lines.get(i));
            if (row < rows.size() && rows.get(row).line == i) {
                written.addAll(answers.get(row++));
                while (i + 1 < lines.size() && isExpectation(lines.get(i + 1))) {
                    i++;
                }
            }
        }
        Files.write(file, written);
    }

    private static boolean isQuestion(String line) {
        return line.startsWith("ask ") || line.startsWith("send ");
    }

    private static boolean isExpectation(String line) {
        return !line.isBlank() && !line.startsWith(";") && !isQuestion(line);
    }

    private static String normal(String line) {
        return line.replaceAll("\\s+", " ").trim();
    }

    static List<Record> records(Name apex, String text) throws IOException {
        String zone = "$TTL 300\n" + (text.contains(" SOA ") ? text : DEFAULT_SOA + text);
        ZoneFile.Parsed parsed = ZoneFile.parse("zone " + apex, new StringReader(zone), apex);
        if (!parsed.problems().isEmpty()) {
            throw new IllegalArgumentException(parsed.problems().toString());
        }
        return parsed.records();
    }

    /** The message that a row sends. */
    static byte[] message(String row) throws IOException {
        String[] words = row.replaceAll(";.*", "").trim().split("\\s+");
        if (words[0].equals("send")) {
            return HexFormat.of()
                    .parseHex(Arrays.stream(words)
                            .skip(1)
                            .filter(word -> word.matches("[0-9a-fA-F]+"))
                            .collect(Collectors.joining()));
        }
        Message message = new Message(0x1234);
        Header header = message.getHeader();
        int edns = -1;
        int version = 0;
        int flags = 0;
        int dnsClass = DClass.IN;
        List<EDNSOption> options = new ArrayList<>();
        for (String word : Arrays.asList(words).subList(3, words.length)) {
            String value = word.substring(word.indexOf('=') + 1);
            switch (word.replaceAll("=.*", "")) {
                case "edns" -> edns = Integer.parseInt(value);
                case "version" -> version = Integer.parseInt(value);
                case "do" -> flags |= ExtendedFlags.DO;
                case "ednsflags" -> flags |= Integer.parseInt(value, 16);
                case "rd" -> header.setFlag(Flags.RD);
                case "cd" -> header.setFlag(Flags.CD);
                case "ad" -> header.setFlag(Flags.AD);
                case "class" -> dnsClass = DClass.value(value);
                case "opcode" -> header.setOpcode(Integer.parseInt(value));
                case "option" -> options.add(option(value));
                case "z" -> header.setFlag(9);
                case "tcp",
                        "stale",
                        "no-question",
                        "from",
                        "now",
                        "secret",
                        "no-cookies",
                        "require-cookie",
                        "chaos",
                        "no-nsid",
                        "draining",
                        "links" -> {}
                default -> throw new IllegalArgumentException(word + " in " + row);
            }
        }
        if (!has(row, "no-question")) {
            message.addRecord(
                    Record.newRecord(Name.fromString(words[1]), Type.value(words[2], true), dnsClass),
                    Section.QUESTION);
        }
        if (edns >= 0) {
            message.addRecord(new OPTRecord(edns, 0, version, flags, options), Section.ADDITIONAL);
        }
        return message.toWire();
    }

    private static EDNSOption option(String text) {
        int colon = text.indexOf(':');
        int code = Integer.parseInt(colon < 0 ? text : text.substring(0, colon));
        return new GenericEDNSOption(code, HexFormat.of().parseHex(colon < 0 ? "" : text.substring(colon + 1)));
    }

    static boolean isStale(String row) {
        return has(row, "stale");
    }

    static Transport transport(String row) {
        return has(row, "tcp") ? Transport.TCP : Transport.UDP;
    }

    /** How the server is set up for a row. */
    static AnswerSettings settings(String row) {
        long now = Long.parseLong(value(row, "now", "1559731985"));
        List<byte[]> secrets = Arrays.stream(value(row, "secret", SECRET).split(","))
                .map(HexFormat.of()::parseHex)
                .toList();
        Duration tcpIdle = has(row, "draining") ? Duration.ZERO : Duration.ofSeconds(10);
        return new AnswerSettings(
                UDP_PAYLOAD,
                Integer.parseInt(value(row, "links", "8")),
                has(row, "no-nsid") ? "" : "n1",
                "evenkeel test",
                has(row, "chaos"),
                has(row, "no-cookies") ? null : new CookieSecrets(() -> now, period -> secrets),
                has(row, "require-cookie"),
                () -> tcpIdle);
    }

    /** The answer to a message, also if it comes later; its length. */
    static int answer(QueryHandler handler, byte[] in, int length, Transport transport, Client client, byte[] out) {
        int written = handler.handle(in, length, transport, client, out);
        if (written != QueryHandler.LATER) {
            return written;
        }
        int[] sent = {0};
        DetachedRequest request = handler.detach(in, length, transport, client);
        try {
            request.run(new Replies() {
                @Override
                public void send(byte[] message, int octets) {
                    System.arraycopy(message, 0, out, 0, octets);
                    sent[0] = octets;
                }

                @Override
                public void end() {
                    throw new IllegalStateException("not by a handler");
                }
            });
        } catch (InterruptedException | ClientGoneException e) {
            throw new IllegalStateException(e);
        }
        handler.ended(request);
        return sent[0];
    }

    /** The client of a row. */
    static Client client(String row) {
        byte[] address =
                InetAddress.ofLiteral(value(row, "from", "198.51.100.100")).getAddress();
        return (to, at) -> {
            System.arraycopy(address, 0, to, at, address.length);
            return address.length;
        };
    }

    static boolean has(String row, String word) {
        return words(row).contains(word);
    }

    private static String value(String row, String key, String fallback) {
        return words(row).stream()
                .filter(word -> word.startsWith(key + "="))
                .findFirst()
                .map(word -> word.substring(key.length() + 1))
                .orElse(fallback);
    }

    private static List<String> words(String row) {
        return List.of(row.replaceAll(";.*", "").trim().split("\\s+"));
    }

    private static String text(EDNSOption option) throws WireParseException {
        DNSInput in = new DNSInput(option.toWire());
        int code = in.readU16();
        int length = in.readU16();
        if (code == EDNSOption.Code.EDNS_EXTENDED_ERROR && length == 2) {
            return "ede=" + in.readU16();
        }
        if (code == 19 && length == 6) {
            return "zoneversion=" + in.readU8() + "/" + in.readU8() + "/" + in.readU32();
        }
        if (code == EDNSOption.Code.NSID) {
            return "nsid=" + new String(in.readByteArray(), StandardCharsets.US_ASCII);
        }
        if (code == EDNSOption.Code.COOKIE && length == 24) {
            return "cookie=" + HexFormat.of().formatHex(in.readByteArray(8)) + "/"
                    + HexFormat.of().formatHex(in.readByteArray());
        }
        if (code == 9 && length == 4) {
            return "expire=" + in.readU32();
        }
        if (code == EDNSOption.Code.TCP_KEEPALIVE && length == 2) {
            return "keepalive=" + in.readU16();
        }
        return "option=" + code + ":" + HexFormat.of().formatHex(in.readByteArray());
    }

    /** An answer as the lines of a table. */
    static List<String> toLines(byte[] out, int length) throws IOException {
        if (length == 0) {
            return List.of("silent");
        }
        Message message = new Message(Arrays.copyOf(out, length));
        Header header = message.getHeader();
        OPTRecord opt = message.getOPT();
        StringBuilder status = new StringBuilder(Rcode.string(message.getRcode()));
        for (int flag : new int[] {Flags.AA, Flags.TC, Flags.RD, Flags.RA, Flags.AD, Flags.CD}) {
            status.append(header.getFlag(flag) ? " " + Flags.string(flag) : "");
        }
        status.append(header.getFlag(9) ? " z" : "");
        if (header.getOpcode() != 0) {
            status.append(" opcode=").append(Opcode.string(header.getOpcode()).toLowerCase(Locale.ROOT));
        }
        status.append(header.getCount(Section.QUESTION) == 1 ? "" : " no-question");
        if (opt != null) {
            status.append(" edns=").append(opt.getPayloadSize());
            status.append(opt.getVersion() == 0 ? "" : " version=" + opt.getVersion());
            status.append((opt.getFlags() & ExtendedFlags.DO) != 0 ? " do" : "");
            status.append((opt.getFlags() & ~ExtendedFlags.DO) != 0 ? " mbz" : "");
            for (EDNSOption option : opt.getOptions()) {
                status.append(' ').append(text(option));
            }
        }
        List<String> lines = new ArrayList<>(List.of(status.toString()));
        for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
            TreeSet<String> records = new TreeSet<>();
            for (Record record : message.getSection(section)) {
                if (record.getType() != Type.OPT) {
                    records.add(SECTIONS.get(section) + " "
                            + normal(record.getName() + " " + record.getTTL()
                                    + (record.getDClass() == DClass.IN
                                            ? " "
                                            : " " + DClass.string(record.getDClass()) + " ")
                                    + Type.string(record.getType()) + " " + record.rdataToString()));
                }
            }
            lines.addAll(records);
        }
        return lines;
    }
}
