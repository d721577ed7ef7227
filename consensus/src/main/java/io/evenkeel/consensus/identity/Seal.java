package io.evenkeel.consensus.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/*
 * The sum stands inside, in front of what it is about, so that there is no moment between two renames in which one of two
 * files is new. Ratis reads past it: in raft-meta it is a comment of a properties file, in raft-meta.conf a protobuf field
 * of a number that no message has.
 */

/** The check sum in the two files of a Raft storage that Ratis itself would believe whatever they say. */
public final class Seal {
    /** Ratis' file with the term and the vote. */
    public static final String VOTE = "raft-meta";

    /** Ratis' file with the members. */
    public static final String MEMBERS = "raft-meta.conf";

    private static final byte[] COMMENT = "#sha256 ".getBytes(StandardCharsets.US_ASCII);
    /** Field 2047, of 32 octets. */
    private static final byte[] FIELD = {(byte) 0xfa, 0x7f, 32};

    private static final int SUM_BYTES = 32;

    private Seal() {}

    /** Whether a file of that name is to have one. */
    public static boolean isDue(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.equals(VOTE) || name.equals(MEMBERS);
    }

    /** What to put in front of the contents of that file. */
    public static byte[] of(Path file, byte[] contents) {
        byte[] sum = sum(contents);
        return String.valueOf(file.getFileName()).equals(VOTE)
                ? join(COMMENT, HexFormat.of().formatHex(sum).getBytes(StandardCharsets.US_ASCII), new byte[] {'\n'})
                : join(FIELD, sum);
    }

    /**
     * What is wrong with that file.
     *
     * @return null if it is as it was written, or not there
     * @throws IOException if it cannot be read
     */
    public static @Nullable String flaw(Path file) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        byte[] all = Files.readAllBytes(file);
        int length = String.valueOf(file.getFileName()).equals(VOTE)
                ? COMMENT.length + 2 * SUM_BYTES + 1
                : FIELD.length + SUM_BYTES;
        boolean intact = all.length >= length
                && Arrays.equals(Arrays.copyOf(all, length), of(file, Arrays.copyOfRange(all, length, all.length)));
        return intact ? null : file.getFileName() + " is damaged: it is not what its check sum says";
    }

    private static byte[] sum(byte[] contents) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(contents);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
