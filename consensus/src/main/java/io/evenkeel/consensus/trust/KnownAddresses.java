package io.evenkeel.consensus.trust;

import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.process.QuietLog;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A file keeps the addresses over a restart: a line for each, the address and the second since 1970 in which it was last
 * proven. It is written when an address is new, and once an hour for one that goes on proving itself, never by the threads
 * that shake hands. An address from a future (the clock was put back) counts as proven now.
 */

/**
 * Addresses that connections to the cluster's ports may well come from: those of members, and those from which somebody
 * has shown a certificate of the cluster within a day. They let nobody in; they only say who waits among strangers. Any thread.
 */
public final class KnownAddresses {
    private static final Logger LOG = LoggerFactory.getLogger(KnownAddresses.class);
    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F:.]{2,45}) ([0-9]{1,15})");

    private final LongSupplier seconds;
    private final QuietLog faults = new QuietLog(LOG);
    private final Map<InetAddress, Proof> proven = new ConcurrentHashMap<>();
    private volatile Set<InetAddress> members = Set.of();
    private volatile boolean unwritten;
    private @Nullable Path file;

    /** When somebody last proved himself from an address, and which such time the file has; seconds since 1970. */
    private record Proof(long last, long written) {}

    KnownAddresses() {
        this(() -> TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()));
    }

    /** @param seconds since 1970 */
    KnownAddresses(LongSupplier seconds) {
        this.seconds = seconds;
    }

    /** Who is a member, or listed as one, by now; replaces what was said before. */
    public void members(Collection<InetAddress> addresses) {
        members = Set.copyOf(addresses);
    }

    /** Whether a connection from there may well be that of a member. */
    public boolean knows(InetAddress address) {
        if (members.contains(address)) {
            return true;
        }
        Proof proof = proven.get(address);
        return proof != null && isRecent(proof);
    }

    private boolean isRecent(Proof proof) {
        return seconds.getAsLong() - proof.last() < TrustLimits.KNOWN_FOR.toSeconds();
    }

    /** Somebody has shown a certificate of the cluster from there. */
    synchronized void prove(InetAddress address) {
        long now = seconds.getAsLong();
        Proof before = proven.get(address);
        Proof proof = new Proof(now, before == null ? Long.MIN_VALUE / 2 : before.written());
        proven.put(address, proof);
        if (proof.last() - proof.written() >= TrustLimits.KNOWN_WRITTEN_AFTER.toSeconds()) {
            unwritten = true;
        }
        if (proven.size() > TrustLimits.KNOWN_ADDRESSES) {
            proven.entrySet().stream()
                    .min(Comparator.comparingLong(entry -> entry.getValue().last()))
                    .ifPresent(oldest -> proven.remove(oldest.getKey()));
        }
    }

    /** How many have been proven within a day. */
    int provenCount() {
        return (int) proven.values().stream().filter(this::isRecent).count();
    }

    /**
     * Takes over what the file holds, and writes to it from then on. A file that is missing or cannot be read is as an empty
     * one. Once, before anybody knocks; blocks for a small read.
     */
    public synchronized void keepIn(Path file) {
        this.file = file;
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(TrustLimits.KNOWN_FILE_BYTES), StandardCharsets.US_ASCII);
            text.lines().limit(TrustLimits.KNOWN_ADDRESSES).forEach(this::take);
        } catch (NoSuchFileException e) {
            LOG.debug("{}: no address has proven itself yet", file);
        } catch (IOException e) {
            LOG.warn("{}: cannot be read: {}; members prove their addresses again", file, e.getMessage());
        }
    }

    private void take(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            LOG.warn("{}: \"{}\" is no address with a time; left out", file, line);
            return;
        }
        try {
            long last = Math.min(Long.parseLong(matcher.group(2)), seconds.getAsLong());
            proven.put(InetAddress.ofLiteral(matcher.group(1)), new Proof(last, last));
        } catch (IllegalArgumentException e) {
            LOG.warn("{}: \"{}\" is no address with a time ({}); left out", file, line, e.getMessage());
        }
    }

    /** Writes the file if there is news. Blocks for the disk; one thread. */
    public void keep() {
        Path target = file;
        if (target == null || !unwritten) {
            return;
        }
        unwritten = false;
        proven.values().removeIf(proof -> !isRecent(proof));
        Map<InetAddress, Proof> now = Map.copyOf(proven);
        String text = now.entrySet().stream()
                .map(entry -> entry.getKey().getHostAddress().replaceFirst("%.*", "") + " "
                        + entry.getValue().last() + "\n")
                .sorted()
                .collect(Collectors.joining());
        try {
            DurableFile.write(target, text.getBytes(StandardCharsets.US_ASCII));
            now.forEach((address, proof) ->
                    proven.computeIfPresent(address, (_, later) -> new Proof(later.last(), proof.last())));
        } catch (IOException e) {
            unwritten = true;
            faults.warn(target + ": cannot be written: " + e.getMessage()
                    + "; after a restart members prove their addresses again");
        }
    }
}
