package io.evenkeel.zones;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Octets from some version: {@code src/test/resources/golden/*.hex}. A sample is its name in brackets and lines
 * of at most sixteen octets; people read the text after {@code #}.
 */
public final class Golden {
    private static final int LINE = 16;

    private final String file;
    private final Map<String, byte[]> samples = new LinkedHashMap<>();

    private Golden(String file) {
        this.file = file;
    }

    /** The samples of one file, which lies beside those classes. */
    public static Golden read(Class<?> module, String file) throws IOException {
        Golden golden = new Golden(file);
        try (InputStream in = Objects.requireNonNull(module.getResourceAsStream("/golden/" + file), file)) {
            String name = "";
            String all = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            for (String line : all.lines().toList()) {
                String text = line.replaceFirst("#.*", "").replace(" ", "");
                if (text.startsWith("[")) {
                    name = text.substring(1, text.length() - 1);
                    assertThat(golden.samples.put(name, new byte[0])).as(name).isNull();
                } else {
                    golden.add(name, HexFormat.of().parseHex(text));
                }
            }
        }
        return golden;
    }

    private void add(String name, byte[] more) {
        if (more.length > 0) {
            byte[] before = octets(name);
            byte[] all = Arrays.copyOf(before, before.length + more.length);
            System.arraycopy(more, 0, all, before.length, more.length);
            samples.put(name, all);
        }
    }

    /** Of all samples, in their order. */
    public Set<String> names() {
        return Collections.unmodifiableSet(samples.keySet());
    }

    /** One sample. */
    public byte[] octets(String name) {
        return Objects.requireNonNull(samples.get(name), () -> file + " has no sample " + name)
                .clone();
    }

    /** Fails unless today's program has written a sample's octets, and says what to do; with {@code -Drewrite} it keeps these. */
    public void assertWritten(String name, byte[] written) {
        if (System.getProperty("rewrite") != null) {
            rewrite(name, written);
        }
        byte[] kept = samples.get(name);
        if (kept == null) {
            throw new AssertionError("golden/" + file + " has no sample of this; add it:\n" + show(name, written));
        }
        int differs = Arrays.mismatch(kept, written);
        if (differs >= 0) {
            throw new AssertionError("The octets of '" + name + "' differ from golden/" + file + " at octet " + differs
                    + ". Nodes have files with the old ones. If this is meant, give the form a new version, keep what reads"
                    + " the old one or say in docs/upgrading.md how its files are brought over, and add a sample of the new"
                    + " one; the old one stays for as long as it is read. Written was:\n" + show(name, written));
        }
    }

    private void rewrite(String name, byte[] written) {
        samples.put(name, written.clone());
        Path path = Path.of("src", "test", "resources", "golden", file);
        try {
            String all = Files.readString(path, StandardCharsets.US_ASCII);
            int from = all.indexOf("[" + name + "]\n");
            int next = from < 0 ? -1 : all.indexOf("\n[", from);
            String before = from < 0 ? all.stripTrailing() + "\n\n" : all.substring(0, from);
            String after = next < 0 ? "" : all.substring(next);
            Files.writeString(path, before + show(name, written) + after, StandardCharsets.US_ASCII);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String show(String name, byte[] octets) {
        StringBuilder text = new StringBuilder("[" + name + "]\n");
        for (int from = 0; from < octets.length; from += LINE) {
            byte[] line = Arrays.copyOfRange(octets, from, Math.min(from + LINE, octets.length));
            StringBuilder shown = new StringBuilder();
            IntStream.range(0, line.length)
                    .forEach(i -> shown.append(line[i] > ' ' && line[i] < 0x7F ? (char) line[i] : '.'));
            text.append(String.format("%-48s# %s%n", HexFormat.ofDelimiter(" ").formatHex(line), shown));
        }
        return text.toString();
    }
}
