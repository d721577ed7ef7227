package io.evenkeel.bench.differential;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.utils.base16;

/** PowerDNS keeps apart from its zone files whether these are signed, and how. */
final class PreSigned {
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
            for (Record record : zone.records()) {
                if (record instanceof NSEC3PARAMRecord parameters) {
                    byte[] salt = parameters.getSalt();
                    String text = "%d %d %d %s"
                            .formatted(
                                    parameters.getHashAlgorithm(),
                                    parameters.getFlags(),
                                    parameters.getIterations(),
                                    salt == null || salt.length == 0 ? "-" : base16.toString(salt));
                    Command.run(configDirectory, List.of(program, config, "set-nsec3", apex, text));
                }
            }
            Command.run(configDirectory, List.of(program, config, "set-presigned", apex));
        }
    }
}
