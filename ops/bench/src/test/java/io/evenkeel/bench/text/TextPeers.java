package io.evenkeel.bench.text;

import io.evenkeel.bench.text.KnownDifferences.Entry;
import io.evenkeel.bench.text.TextReader.Reading;
import io.evenkeel.zones.check.RdataRules;
import io.evenkeel.zones.file.RdataSamples;
import io.evenkeel.zones.file.RecordReader;
import io.evenkeel.zones.file.RecordWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * Has texts read by this server and by the readers of BIND and NSD, and compares octets. Half of the texts are what is written here of
 * octets by chance, the others what becomes of samples by chance. A type that another one's reader does not know at all is left out there.
 */
public final class TextPeers {
    /** Of octets that are no RDATA of their type. */
    private static final int TRIES = 50;

    private static final List<TextReader> OTHERS = List.of(TextReader.BIND, TextReader.NSD);

    private final SplittableRandom random;
    private final Path folder;
    private final KnownDifferences known = KnownDifferences.load();
    private final List<String> samples = RdataSamples.all().toList();
    private final Map<TextReader, Set<String>> unknownTypes = new EnumMap<>(TextReader.class);
    /** The first of each class, and how many there are. */
    private final Map<String, String> firsts = new LinkedHashMap<>();

    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private long compared;

    private TextPeers(long seed, Path folder) throws IOException {
        this.random = new SplittableRandom(seed);
        this.folder = folder;
    }

    /**
     * Arguments: seconds, seed, a folder for files. Exit code 1 if a difference is not in {@code differences.txt}, or an example there does not
     * need its entry.
     */
    public static void main(String[] args) throws Exception {
        TextPeers peers = new TextPeers(Long.parseLong(args[1]), Files.createDirectories(Path.of(args[2])));
        peers.learnTypes();
        long end =
                System.nanoTime() + Duration.ofSeconds(Long.parseLong(args[0])).toNanos();
        long texts = 0;
        while (System.nanoTime() < end) {
            peers.next();
            texts++;
        }
        System.exit(peers.print(texts, args[1]) ? 0 : 1);
    }

    private void learnTypes() throws IOException, InterruptedException {
        for (TextReader other : OTHERS) {
            Set<String> types = new LinkedHashSet<>();
            samples.forEach(sample -> types.add(sample.split(" ", 2)[0]));
            for (String sample : samples) {
                String[] parts = sample.split(" ", 2);
                if (types.contains(parts[0])
                        && other.read(parts[0], parts.length == 1 ? "" : parts[1], folder)
                                        .octets()
                                != null) {
                    types.remove(parts[0]);
                }
            }
            unknownTypes.put(other, types);
            System.out.printf("%s takes no sample of: %s%n", other.text(), String.join(" ", types));
        }
    }

    private void next() throws IOException, InterruptedException {
        String[] parts = samples.get(random.nextInt(samples.size())).split(" ", 2);
        String sample = parts.length == 1 ? "" : parts[1];
        String text = random.nextBoolean() ? RdataSamples.mutated(sample, random) : written(parts[0], sample);
        Reading ours = TextReader.OURS.read(parts[0], text, folder);
        for (TextReader other : OTHERS) {
            if (!unknownTypes.getOrDefault(other, Set.of()).contains(parts[0])) {
                compare(other, parts[0], text, ours, other.read(parts[0], text, folder));
            }
        }
    }

    /** What this server writes of other octets, if some are RDATA of the type. */
    private String written(String type, String sample) throws IOException, InterruptedException {
        byte[] octets = TextReader.OURS.read(type, sample, folder).octets();
        int number = RecordReader.type(type);
        for (int i = 0; i < TRIES && octets != null; i++) {
            byte[] odd = RdataSamples.mutated(octets, random);
            if (RdataRules.fault(number, odd) == null) {
                return RecordWriter.rdata(Record.newRecord(Name.root, number, DClass.IN, 60, odd.length, odd));
            }
        }
        return sample;
    }

    private void compare(TextReader other, String type, String text, Reading ours, Reading theirs) {
        compared++;
        Difference difference = Difference.between(ours, other, theirs, type, text);
        if (difference != null && known.covering(difference).isEmpty()) {
            firsts.putIfAbsent(difference.kind(), difference.toString());
            counts.merge(difference.kind(), 1, Integer::sum);
        }
    }

    /** How many examples do not need their entry. */
    private long needless() throws IOException, InterruptedException {
        long needless = 0;
        for (Entry entry : known.entries()) {
            for (String example : entry.examples()) {
                for (TextReader other : OTHERS) {
                    if (entry.isOf(other) && !isNeeded(entry, other, example)) {
                        needless++;
                    }
                }
            }
        }
        return needless;
    }

    /** Whether an example is a difference that nothing else explains; if not, it is told. */
    private boolean isNeeded(Entry entry, TextReader other, String example) throws IOException, InterruptedException {
        String[] parts = example.split(" ", 2);
        String text = parts.length == 1 ? "" : parts[1];
        Difference difference = Difference.between(
                TextReader.OURS.read(parts[0], text, folder),
                other,
                other.read(parts[0], text, folder),
                parts[0],
                text);
        List<Entry> covering = difference == null ? List.of() : known.covering(difference);
        if (covering.equals(List.of(entry))) {
            return true;
        }
        System.out.printf(
                "differences.txt, line %d: '%s' is explained by lines %s: %s%n",
                entry.line(),
                Difference.printable(example),
                covering.stream().map(Entry::line).toList(),
                difference == null ? other.text() + " reads it as this server does" : difference);
        return false;
    }

    private boolean print(long texts, String seed) throws IOException, InterruptedException {
        firsts.forEach((kind, first) -> System.out.printf("%d: %s%n", counts.get(kind), first));
        long needless = needless();
        System.out.printf(
                "texts: %d, seed %s, %d readings of others compared, %d kinds of difference not explained, %d examples in differences.txt that do not need their entry%n",
                texts, seed, compared, firsts.size(), needless);
        return firsts.isEmpty() && needless == 0;
    }
}
