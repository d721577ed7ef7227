package io.evenkeel.bench.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes families of signed zones for whoever judges answers by other means than comparison, in turns NSEC, NSEC3 and opt-out. Runs
 * from its source: {@code java -cp JAR_WITH_DNSJAVA SignedFamilies.java SEED FAMILIES FOLDER}; says of each zone its kind, apex and
 * file. The key of a zone is beside it.
 */
public final class SignedFamilies {
    private static final List<Kind> KINDS = List.of(Kind.NSEC, Kind.NSEC3, Kind.OPTOUT);

    private SignedFamilies() {}

    /** Exit code 1 if the zones cannot be written or signed. */
    public static void main(String[] args) throws IOException {
        long seed = Long.parseLong(args[0]);
        int families = Integer.parseInt(args[1]);
        Path folder = Files.createDirectories(Path.of(args[2]).toAbsolutePath());
        for (int number = 0; number < families; number++) {
            Kind kind = KINDS.get(number % KINDS.size());
            Signer signer = new Signer(kind, folder);
            for (GeneratedZone zone : ZoneFiles.family(kind, seed, number, folder, signer, () -> false)) {
                System.out.printf("%s %s %s%n", kind.text(), zone.apex(), zone.file());
            }
        }
    }
}
