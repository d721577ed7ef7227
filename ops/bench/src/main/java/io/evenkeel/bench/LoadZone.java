package io.evenkeel.bench;

import com.sun.management.OperatingSystemMXBean;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.file.ZoneFile;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * One loading of a zone file, in a JVM that has done nothing before, as a node that takes an import does it: parse, check, make
 * the zone. {@code LoadZone write FILE names} writes the file, {@code LoadZone read FILE} prints what CPU time it
 * took.
 */
public final class LoadZone {
    private LoadZone() {}

    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[1]);
        if (args[0].equals("write")) {
            write(file, Integer.parseInt(args[2]));
            return;
        }
        long start = cpu();
        ZoneFile.Parsed parsed = ZoneFile.parse("zone", file, SampleZone.apex(), false);
        long read = cpu();
        ZoneBuilder.Checked checked = parsed.check();
        long judged = cpu();
        Zone zone = Zone.load(SampleZone.apex(), new ZoneVersion(1, 1), checked.records());
        long made = cpu();
        System.out.printf(
                Locale.ROOT,
                "CPU %d ms: parse %d, check %d, load %d; %,d records, %d problems%n",
                (made - start) / 1_000_000,
                (read - start) / 1_000_000,
                (judged - read) / 1_000_000,
                (made - judged) / 1_000_000,
                zone.records(),
                checked.problems().size());
    }

    /** Of the whole process: the compiler and the collector work for it, too. */
    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static void write(Path file, int names) throws IOException {
        SampleZone sample = new SampleZone(false, names);
        try (PrintStream out = new PrintStream(Files.newOutputStream(file), false, StandardCharsets.US_ASCII)) {
            out.println("$ORIGIN example.");
            out.println("$TTL 300");
            out.println("@ 3600 IN SOA ns1 admin 1 60 60 60 60");
            out.println("@ 3600 IN NS ns1");
            out.println("ns1 IN A 192.0.2.1");
            for (int i = 0; i < sample.names(); i++) {
                String host = sample.host(i);
                out.printf(
                        Locale.ROOT,
                        "%s IN A 10.%d.%d.%d%n",
                        host.substring(0, host.indexOf('.')),
                        (i >> 16) & 0xFF,
                        (i >> 8) & 0xFF,
                        i & 0xFF);
            }
        }
    }
}
