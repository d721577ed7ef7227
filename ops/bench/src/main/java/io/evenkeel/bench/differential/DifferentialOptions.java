package io.evenkeel.bench.differential;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What is to be done.
 *
 * @param zones how many of each kind, rounded up to whole families
 * @param questions for each zone
 * @param basePort ours listens on the next one, the others from the eleventh after it
 * @param folder where zone files, configurations, logs and cases go
 * @param launcher {@code ops/bin/evenkeel}
 */
record DifferentialOptions(
        int zones, int questions, long seed, List<Kind> kinds, int basePort, Path folder, Path launcher) {
    private static final int MAX_ZONES = 3000;
    private static final int MAX_QUESTIONS = 100_000;

    static DifferentialOptions parse(String[] args) {
        int zones = 30;
        int questions = 100;
        long seed = ThreadLocalRandom.current().nextInt(1_000_000);
        List<Kind> kinds = List.of(Kind.values());
        int basePort = 15_400;
        Path folder = Path.of("ops/bench/target/differential").toAbsolutePath();
        Path launcher = Path.of("ops/bin/evenkeel").toAbsolutePath();
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " wants a value");
            }
            String value = args[i + 1];
            switch (args[i]) {
                case "--zones" -> zones = number(args[i], value, 1, MAX_ZONES);
                case "--questions" -> questions = number(args[i], value, 1, MAX_QUESTIONS);
                case "--seed" -> seed = number(args[i], value, 0, Integer.MAX_VALUE);
                case "--base-port" -> basePort = number(args[i], value, 1024, 62_000);
                case "--kinds" -> kinds = kinds(value);
                default ->
                    throw new IllegalArgumentException(args[i]
                            + " is not understood; there are --zones, --questions, --seed, --kinds and --base-port");
            }
        }
        return new DifferentialOptions(zones, questions, seed, kinds, basePort, folder, launcher);
    }

    private static int number(String option, String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("%s wants a number, not %s".formatted(option, value), e);
        }
        throw new IllegalArgumentException("%s wants %d to %d, not %s".formatted(option, least, most, value));
    }

    private static List<Kind> kinds(String value) {
        List<Kind> kinds = new ArrayList<>();
        for (String each : value.split(",")) {
            kinds.add(Arrays.stream(Kind.values())
                    .filter(kind -> kind.text().equals(each.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "--kinds wants some of plain,nsec,nsec3,optout, not " + each)));
        }
        return kinds;
    }

    /** The command that does the same again. */
    @Override
    public String toString() {
        return "ops/bench/run differential --zones %d --questions %d --seed %d --kinds %s --base-port %d"
                .formatted(
                        zones,
                        questions,
                        seed,
                        String.join(",", kinds.stream().map(Kind::text).toList()),
                        basePort);
    }
}
