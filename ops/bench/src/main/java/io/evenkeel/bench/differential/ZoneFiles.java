package io.evenkeel.bench.differential;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** The zones of a run as files. */
final class ZoneFiles {
    /** One zone of so many goes to the second signer. */
    private static final int LDNS_SHARE = 2;

    private ZoneFiles() {}

    static List<GeneratedZone> write(Kind kind, DifferentialOptions options, Path folder) throws IOException {
        Path files = Files.createDirectories(folder.resolve("zones"));
        Signer signer = new Signer(kind, files);
        SplittableRandom random = new SplittableRandom(options.seed());
        List<GeneratedZone> zones = new ArrayList<>();
        for (int family = 0; family * ZoneGenerator.FAMILY < options.zones(); family++) {
            zones.addAll(family(kind, options.seed(), family, files, signer, () -> random.nextInt(LDNS_SHARE) == 0));
        }
        if (kind != Kind.PLAIN) {
            System.out.printf("%s, %d zones: %s%n", kind.text(), zones.size(), signer);
        }
        return zones;
    }

    /**
     * Those of one family, children before parents, as the DS of a signed child goes into its parent.
     *
     * @param second asked for each signed zone: whether {@code ldns-signzone} is to sign it
     */
    static List<GeneratedZone> family(
            Kind kind, long seed, int number, Path files, Signer signer, BooleanSupplier second) throws IOException {
        List<GeneratedZone> zones = new ArrayList<>();
        String delegationSigner = "";
        for (Map.Entry<String, String> zone :
                ZoneGenerator.family(seed, number, kind).entrySet()) {
            Name apex = Name.fromConstantString(zone.getKey());
            Path file = files.resolve(apex.toString(true) + ".zone");
            boolean isParent = zone.getKey().startsWith("z");
            Files.writeString(file, zone.getValue() + (isParent ? delegationSigner : ""));
            if (kind != Kind.PLAIN) {
                delegationSigner = signer.sign(apex, file, second.getAsBoolean());
            }
            zones.add(new GeneratedZone(apex, file, records(apex, Files.readString(file)), number));
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
        Collections.sort(records); // signers write them in any order, and a seed must give the same questions again
        return records;
    }
}
