package io.evenkeel.bench.differential;

import io.evenkeel.bench.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Record;
import org.xbill.DNS.utils.base16;

/** PowerDNS keeps apart from its zone files whether these are signed, and how. */
final class PreSigned {
    /** RFC 5155 §3.1.2.1; in the parameters themselves it is never set (§4.1.2). */
    private static final int OPT_OUT = 1;

    private PreSigned() {}

    static void tell(Path configDirectory, List<GeneratedZone> zones) throws IOException {
        String program = Peers.program("pdnsutil", "pdns-server");
        String config = "--config-dir=" + configDirectory;
        Command.run(
                configDirectory,
                List.of(
                        program,
                        config,
                        "create-bind-db",
                        configDirectory.resolve("dnssec.db").toString()));
        for (GeneratedZone zone : zones) {
            String apex = zone.apex().toString(true);
            boolean optOut = zone.records().stream()
                    .anyMatch(record -> record instanceof NSEC3Record proof && (proof.getFlags() & OPT_OUT) != 0);
            for (Record record : zone.records()) {
                if (record instanceof NSEC3PARAMRecord parameters) {
                    byte[] salt = parameters.getSalt();
                    String text = "%d %d %d %s"
                            .formatted(
                                    parameters.getHashAlgorithm(),
                                    optOut ? OPT_OUT : 0,
                                    parameters.getIterations(),
                                    salt == null || salt.length == 0 ? "-" : base16.toString(salt));
                    Command.run(configDirectory, List.of(program, config, "set-nsec3", apex, text));
                }
            }
            Command.run(configDirectory, List.of(program, config, "set-presigned", apex));
        }
    }
}
