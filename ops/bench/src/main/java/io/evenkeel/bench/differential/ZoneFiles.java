package io.evenkeel.bench.differential;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** The zones of a run as files. */
final class ZoneFiles {
    /** One zone of so many goes to the second signer. */
    private static final int LDNS_SHARE = 2;

    private ZoneFiles() {}

    static List<GeneratedZone> write(Kind kind, Options options, Path folder) throws IOException {
        Path files = Files.createDirectories(folder.resolve("zones"));
        Signer signer = new Signer(kind, files);
        SplittableRandom random = new SplittableRandom(options.seed());
        List<GeneratedZone> zones = new ArrayList<>();
        for (int family = 0; family * ZoneGenerator.FAMILY < options.zones(); family++) {
            String delegationSigner = "";
            for (Map.Entry<String, String> zone :
                    ZoneGenerator.family(options.seed(), family, kind).entrySet()) {
                Name apex = Name.fromConstantString(zone.getKey());
                Path file = files.resolve(apex.toString(true) + ".zone");
                boolean isParent = zone.getKey().startsWith("z");
                Files.writeString(file, zone.getValue() + (isParent ? delegationSigner : ""));
                if (kind != Kind.PLAIN) {
                    delegationSigner = signer.sign(apex, file, random.nextInt(LDNS_SHARE) == 0);
                }
                zones.add(new GeneratedZone(apex, file, records(apex, Files.readString(file)), family));
            }
        }
        if (kind != Kind.PLAIN) {
            System.out.printf("%s, %d zones: %s%n", kind.text(), zones.size(), signer);
        }
        return zones;
    }

    static List<Record> records(Name apex, String text) throws IOException {
        List<Record> records = new ArrayList<>();
        try (Master master = new Master(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), apex)) {
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                records.add(record);
            }
        }
        return records;
    }
}
