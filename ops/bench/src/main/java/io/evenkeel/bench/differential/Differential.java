package io.evenkeel.bench.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Puts generated questions about generated zones to five servers and compares what they say. */
public final class Differential {

    private Differential() {}

    /** Exit code 1 if a difference is unexplained, 2 if it could not be run. */
    public static void main(String[] args) throws Exception {
        DifferentialOptions options;
        try {
            options = DifferentialOptions.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println("differential: " + e.getMessage());
            System.exit(2);
            return;
        }
        System.out.println(options);
        Explanations explanations = Explanations.load();
        boolean fine = true;
        for (Kind kind : options.kinds()) {
            try {
                fine &= run(kind, options, explanations);
            } catch (IOException e) {
                System.err.printf("differential: %s: %s%n", kind.text(), e.getMessage());
                System.exit(2);
            }
        }
        System.out.println("no need of differences.txt:" + explanations.unused());
        System.exit(fine ? 0 : 1);
    }

    private static boolean run(Kind kind, DifferentialOptions options, Explanations explanations)
            throws IOException, InterruptedException {
        Path folder = Files.createDirectories(options.folder().resolve(kind.text()));
        List<GeneratedZone> zones = ZoneFiles.write(kind, options, folder);
        Report report = new Report(explanations);
        List<Server> servers = new ArrayList<>();
        try {
            int port = options.basePort();
            servers.add(Peers.nsd(port + 11, folder, zones));
            servers.add(Peers.knot(port + 12, folder, zones));
            servers.add(Peers.bind(port + 13, folder, zones));
            servers.add(Peers.powerDns(port + 14, folder, zones, kind != Kind.PLAIN));
            servers.add(OwnNode.start(options.launcher(), port, folder, zones));
            new Session(kind, options, servers, zones, report).ask();
        } finally {
            for (Server server : servers) {
                server.close();
            }
        }
        System.out.printf("%s, %d zones: ", kind.text(), zones.size());
        return report.print(System.out, folder);
    }
}
