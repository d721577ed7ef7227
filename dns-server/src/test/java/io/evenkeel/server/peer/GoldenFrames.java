package io.evenkeel.server.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * The octets of every frame between nodes, in {@code peer/frames-3.txt}: the next build reads the octets of each earlier one.
 * The file only grows; nobody changes a line.
 */
public final class GoldenFrames {
    private static final String FILE = "/peer/frames-3.txt";
    private static final long CORRELATION = 7;

    private GoldenFrames() {}

    /** A request is written as these octets, and read from them, also if a later build has added a field. */
    public static <R extends Request<A>, A> void request(String name, RequestKind<R, A> kind, R request)
            throws IOException {
        byte[] golden = golden(name, PeerCodec.encode(CORRELATION, request));
        readsRequest(golden, kind, request);
        readsRequest(extended(golden), kind, request);
    }

    /** The same of what became of such a request. */
    public static <A> void outcome(String name, RequestKind<?, A> kind, Outcome<A> outcome) throws IOException {
        byte[] golden = golden(name, PeerCodec.encode(CORRELATION, kind, outcome));
        readsOutcome(golden, kind, outcome);
        readsOutcome(extended(golden), kind, outcome);
    }

    /** A frame is read as that request. */
    public static <R extends Request<A>, A> void readsRequest(byte[] frame, RequestKind<R, A> kind, R request)
            throws IOException {
        PeerCodec.Frame read = read(frame);
        assertThat(read.isRequest()).isTrue();
        assertThat(read.code()).isEqualTo(kind.code());
        assertThat(read.correlation()).isEqualTo(CORRELATION);
        assertThat(kind.request().read(Objects.requireNonNull(read.body())))
                .usingRecursiveComparison()
                .isEqualTo(request);
    }

    /** A frame is read as that end of such a request. */
    public static <A> void readsOutcome(byte[] frame, RequestKind<?, A> kind, Outcome<A> outcome) throws IOException {
        assertThat(PeerCodec.outcome("n1", kind, read(frame)))
                .usingRecursiveComparison()
                .isEqualTo(outcome);
    }

    /** The same as a build of a later version of the channel would write it. */
    public static byte[] later(byte[] frame) {
        byte[] later = extended(frame);
        later[4] = PeerCodec.VERSION + 6;
        return later;
    }

    /** With one field more than this build knows. */
    static byte[] extended(byte[] frame) {
        byte[] field = {(byte) 200, 0, 0, 0, 3, 'n', 'e', 'w'};
        byte[] extended = Arrays.copyOf(frame, frame.length + field.length);
        System.arraycopy(field, 0, extended, frame.length, field.length);
        ByteBuffer.wrap(extended).putInt(0, extended.length - Integer.BYTES);
        return extended;
    }

    /** Those of a name. */
    public static byte[] octets(String name) throws IOException {
        return lines().stream()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> HexFormat.of().parseHex(line, name.length() + 1, line.length()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not in " + FILE));
    }

    /** Every name of the file. */
    static Set<String> names() throws IOException {
        Set<String> names = new TreeSet<>();
        lines().forEach(line -> names.add(line.substring(0, line.indexOf(' '))));
        return names;
    }

    static byte[] golden(String name, byte[] written) throws IOException {
        assertThat(lines()).contains(name + " " + HexFormat.of().formatHex(written));
        return octets(name);
    }

    static PeerCodec.Frame read(byte[] frame) throws IOException {
        return Objects.requireNonNull(PeerCodec.read(new DataInputStream(new ByteArrayInputStream(frame))));
    }

    private static List<String> lines() throws IOException {
        try (InputStream in = Objects.requireNonNull(GoldenFrames.class.getResourceAsStream(FILE), FILE)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList();
        }
    }
}
