package io.evenkeel.ops.node;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.RecordTypes;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import org.xbill.DNS.ZoneTransferException;
import org.xbill.DNS.ZoneTransferIn;

/** A zone as any DNS server has it: by a transfer, or, where that is refused, by questions for RRsets that another version has. */
public final class AskedZone {
    private static final int DNS_PORT = 53;
    private static final int RECORD_FIELDS = 7;

    private final InetSocketAddress address;
    private final String server;
    private final Name zone;

    private AskedZone(InetSocketAddress address, String server, Name zone) {
        this.address = address;
        this.server = server;
        this.zone = zone;
    }

    /**
     * The zone at a server.
     *
     * @param server an address, with a port if it is not 53
     */
    public static AskedZone of(String server, Name zone) throws CommandFailure {
        int colon = server.lastIndexOf(':');
        boolean hasPort = colon > 0 && (server.indexOf(':') == colon || server.charAt(colon - 1) == ']');
        String host = (hasPort ? server.substring(0, colon) : server).replaceAll("^\\[|]$", "");
        try {
            int port = hasPort ? Integer.parseInt(server.substring(colon + 1)) : DNS_PORT;
            return new AskedZone(new InetSocketAddress(InetAddress.ofLiteral(host), port), server, zone);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "@%s is no address of a DNS server: write @192.0.2.1, @192.0.2.1:5301 or @[2001:db8::1]:5301"
                            .formatted(server));
        }
    }

    /** All records that the server gives by AXFR; empty if it refuses that. */
    public List<Record> transferred() throws CommandFailure, IOException {
        ZoneTransferIn transfer =
                ZoneTransferIn.newAXFR(zone, address.getAddress().getHostAddress(), address.getPort(), null);
        transfer.setTimeout(ClientLimits.TRANSFER);
        try {
            transfer.run();
        } catch (ZoneTransferException refused) {
            return List.of();
        } catch (IOException e) {
            throw CommandFailure.later("%s gives no zone %s: %s".formatted(server, zone, Output.reason(e)));
        }
        return new ArrayList<>(new LinkedHashSet<>(transfer.getAXFR()));
    }

    /**
     * What the server answers for each RRset of another version.
     *
     * @param other as the check writes it, a record in each line
     * @throws CommandFailure if it does not answer with authority, or there are too many to be asked one by one
     */
    public List<Record> asked(Path other) throws CommandFailure, IOException {
        Set<String> rrsets = new LinkedHashSet<>();
        try (BufferedReader lines = Files.newBufferedReader(other, StandardCharsets.US_ASCII)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split(" ", RECORD_FIELDS);
                rrsets.add(fields[0] + " " + fields[3]);
                if (rrsets.size() > ClientLimits.ASKED_RRSETS) {
                    throw CommandFailure.failed(
                            "%s refuses AXFR of %s, and more than %d RRsets are not asked for one by one: allow it the transfer to this machine, or compare a file"
                                    .formatted(server, zone, ClientLimits.ASKED_RRSETS));
                }
            }
        }
        SimpleResolver resolver = new SimpleResolver(address);
        resolver.setTimeout(ClientLimits.PROBE);
        List<Record> records = new ArrayList<>();
        for (String rrset : rrsets) {
            String[] key = rrset.split(" ", 2);
            records.addAll(answer(resolver, Name.fromString(key[0]), RecordTypes.value(key[1])));
        }
        return records;
    }

    private List<Record> answer(SimpleResolver resolver, Name owner, int type) throws CommandFailure, IOException {
        Message question = Message.newQuery(Record.newRecord(owner, type, DClass.IN));
        question.getHeader().unsetFlag(Flags.RD);
        Message answer;
        try {
            answer = resolver.send(question);
        } catch (IOException e) {
            throw CommandFailure.later(
                    "%s does not answer %s %s: %s".formatted(server, owner, Type.string(type), Output.reason(e)));
        }
        // A delegation is in the authority section, without authority.
        int section = answer.getHeader().getFlag(Flags.AA) ? Section.ANSWER : Section.AUTHORITY;
        return answer.getSection(section).stream()
                .filter(record -> record.getType() == type && record.getName().equals(owner))
                .toList();
    }
}
