package io.evenkeel.consensus.trust;

import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.QuietLog;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A lookup by the system's resolver can hang for half a minute, and nothing ends it. So each has a thread of its own, at most
 * one for a name, and whoever needs the answer waits a bounded time and then goes on with the last good addresses. These
 * stand in a file, a line for each name, so that a node starts while no name resolves.
 *
 * An answer without addresses never takes away those that were good: a resolver that has lost its zone says the same as one
 * that was told of a removed host. Addresses that a lookup no longer gives are forgotten with the first good answer.
 */

/** The addresses of the host names of members: the only place that asks the system's resolver. Any thread. */
public final class HostNames {
    private static final Logger LOG = LoggerFactory.getLogger(HostNames.class);
    private static final Pattern SPACES = Pattern.compile(" +");

    private final Lookup lookup;
    private final Daemons daemons;
    private final LongSupplier nanos;
    private final QuietLog faults = new QuietLog(LOG);
    // In order of use, the least lately used first.
    private final Map<String, Name> names = new LinkedHashMap<>(16, 0.75f, true);
    private boolean unwritten;
    private @Nullable Path file;

    /** How a name is looked up; {@code InetAddress::getAllByName}. */
    @FunctionalInterface
    public interface Lookup {
        /** Blocks, for however long it takes. */
        InetAddress[] of(String name) throws UnknownHostException;
    }

    /** Of one name; guarded by the names. */
    private static final class Name {
        /** The last that a lookup gave, the one that was last connected to first. */
        private List<InetAddress> good = List.of();
        /** Why the last lookup gave none; empty if it gave some, or none has ended. */
        private String trouble = "";

        private @Nullable CompletableFuture<List<InetAddress>> running;
        private long begunNanos;
        private boolean isAsked;
    }

    /** @param daemons of this node, for the threads of lookups */
    public HostNames(Lookup lookup, Daemons daemons) {
        this(lookup, daemons, System::nanoTime);
    }

    HostNames(Lookup lookup, Daemons daemons, LongSupplier nanos) {
        this.lookup = lookup;
        this.daemons = daemons;
        this.nanos = nanos;
    }

    /** Has this process forget by itself what the resolver has said within seconds. Once, before anything is looked up. */
    public static void keepAnswersShortly() {
        Security.setProperty("networkaddress.cache.ttl", Long.toString(TrustLimits.LOOKUP_FRESH.toSeconds()));
        Security.setProperty("networkaddress.cache.negative.ttl", Long.toString(TrustLimits.LOOKUP_FRESH.toSeconds()));
    }

    /** The last good addresses of a name, none if there are none; has them looked up anew if they have aged. Does not wait. */
    public List<InetAddress> known(String name) {
        var _ = begin(name, TrustLimits.LOOKUP_AGED);
        synchronized (names) {
            return of(name).good;
        }
    }

    /**
     * The addresses of a name, looked up now unless that was a moment ago: those of the resolver, then others that were good
     * before. Waits a bounded time.
     *
     * @throws UnknownHostException if there are none; the message names the name
     */
    public List<InetAddress> resolve(String name) throws UnknownHostException {
        List<InetAddress> before;
        synchronized (names) {
            before = of(name).good;
        }
        CompletableFuture<List<InetAddress>> running = begin(name, TrustLimits.LOOKUP_FRESH);
        String late = "";
        try {
            if (running != null) {
                running.get(TrustLimits.LOOKUP_WAIT.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (TimeoutException e) {
            late = "the system's resolver has not answered within " + TrustLimits.LOOKUP_WAIT.toSeconds() + " s";
        } catch (ExecutionException e) {
            throw new IllegalStateException("a lookup's future never fails", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            late = "stopping";
        }
        synchronized (names) {
            Name now = of(name);
            Set<InetAddress> all = new LinkedHashSet<>(now.good);
            all.addAll(before);
            if (all.isEmpty()) {
                throw new UnknownHostException(
                        name + " has no address: " + (now.trouble.isEmpty() ? late : now.trouble));
            }
            return List.copyOf(all);
        }
    }

    /** A member of that name was reached there: it is the first to be tried from now on. */
    public void reached(String name, InetAddress address) {
        synchronized (names) {
            Name present = of(name);
            if (!present.good.isEmpty() && !present.good.getFirst().equals(address)) {
                present.good = firstOf(address, present.good);
                unwritten = true;
            }
        }
    }

    /** The names that do not resolve at present, with the reason. */
    public Map<String, String> unresolved() {
        synchronized (names) {
            Map<String, String> all = new TreeMap<>();
            names.forEach((name, state) -> {
                if (!state.trouble.isEmpty()) {
                    all.put(
                            name,
                            state.trouble
                                    + (state.good.isEmpty()
                                            ? "; no address of it is known"
                                            : "; in use is its last good address, "
                                                    + state.good.getFirst().getHostAddress()));
                }
            });
            return all;
        }
    }

    /** Keeps no more than these names from now on. */
    public void keepOnly(Set<String> wanted) {
        synchronized (names) {
            unwritten |= names.keySet().retainAll(wanted);
        }
    }

    /** Starts a lookup if the last one began longer ago than that; the one that is under way, null if there is none. */
    private @Nullable CompletableFuture<List<InetAddress>> begin(String name, Duration age) {
        CompletableFuture<List<InetAddress>> begun = new CompletableFuture<>();
        synchronized (names) {
            Name present = of(name);
            if (present.running != null) {
                return present.running;
            }
            long now = nanos.getAsLong();
            if (present.isAsked && now - present.begunNanos < age.toNanos()) {
                return null;
            }
            present.isAsked = true;
            present.begunNanos = now;
            present.running = begun;
        }
        daemons.platform("resolve-name", Daemon.OnFault.GIVE_UP, () -> look(name, begun))
                .start();
        return begun;
    }

    private void look(String name, CompletableFuture<List<InetAddress>> begun) {
        List<InetAddress> found = List.of();
        String trouble = "a fault of this node";
        try {
            found = Arrays.stream(lookup.of(name))
                    .distinct()
                    .limit(TrustLimits.NAME_ADDRESSES)
                    .toList();
            trouble = found.isEmpty() ? "the system's resolver gives none" : "";
        } catch (UnknownHostException e) {
            trouble = "the system's resolver says \"" + e.getMessage() + "\"";
        } finally {
            settle(name, found, trouble);
            begun.complete(found);
        }
    }

    private void settle(String name, List<InetAddress> found, String trouble) {
        boolean wasGood;
        synchronized (names) {
            Name present = of(name);
            wasGood = present.trouble.isEmpty();
            present.running = null;
            present.trouble = trouble;
            if (!found.isEmpty()) {
                // Who gives several in turn does not mean another one each time.
                List<InetAddress> next = !present.good.isEmpty() && found.contains(present.good.getFirst())
                        ? firstOf(present.good.getFirst(), found)
                        : found;
                unwritten |= !next.equals(present.good);
                present.good = next;
            }
        }
        if (!trouble.isEmpty()) {
            faults.warn(
                    "the name " + name + " does not resolve: " + unresolved().getOrDefault(name, trouble));
        } else if (!wasGood) {
            LOG.info("the name {} resolves again: {}", name, shown(found));
        }
    }

    /** Beyond the bound the one that was used longest ago is forgotten. */
    private Name of(String name) {
        Name present = names.computeIfAbsent(name, _ -> new Name());
        if (names.size() > TrustLimits.NAMES) {
            names.remove(names.keySet().iterator().next());
        }
        return present;
    }

    private static List<InetAddress> firstOf(InetAddress first, List<InetAddress> all) {
        List<InetAddress> ordered = new ArrayList<>(List.of(first));
        all.stream().filter(address -> !address.equals(first)).forEach(ordered::add);
        return List.copyOf(ordered);
    }

    private static String shown(List<InetAddress> addresses) {
        return addresses.stream()
                .map(address -> address.getHostAddress().replaceFirst("%.*", ""))
                .collect(Collectors.joining(" "));
    }

    /**
     * Takes over what the file holds, and writes to it from then on. A file that is missing or cannot be read is as an empty
     * one. Once, before any name is asked for; blocks for a small read.
     */
    public void keepIn(Path file) {
        synchronized (names) {
            this.file = file;
            try (InputStream in = Files.newInputStream(file)) {
                String text = new String(in.readNBytes(TrustLimits.NAMES_FILE_BYTES), StandardCharsets.US_ASCII);
                text.lines().limit(TrustLimits.NAMES).forEach(this::take);
            } catch (NoSuchFileException e) {
                LOG.debug("{}: no name has been resolved yet", file);
            } catch (IOException e) {
                LOG.warn("{}: cannot be read: {}; names have to resolve anew", file, e.getMessage());
            }
        }
    }

    private void take(String line) {
        String[] words = SPACES.split(line);
        try {
            of(words[0]).good = Arrays.stream(words)
                    .skip(1)
                    .limit(TrustLimits.NAME_ADDRESSES)
                    .map(InetAddress::ofLiteral)
                    .toList();
        } catch (IllegalArgumentException e) {
            LOG.warn("{}: \"{}\" is no name with addresses ({}); left out", file, line, e.getMessage());
        }
    }

    /** Writes the file if there is news. Blocks for the disk; one thread. */
    public void keep() {
        Path target;
        String text;
        synchronized (names) {
            target = file;
            if (target == null || !unwritten) {
                return;
            }
            unwritten = false;
            text = names.entrySet().stream()
                    .filter(entry -> !entry.getValue().good.isEmpty())
                    .map(entry -> entry.getKey() + " " + shown(entry.getValue().good) + "\n")
                    .sorted()
                    .collect(Collectors.joining());
        }
        try {
            DurableFile.write(target, text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            synchronized (names) {
                unwritten = true;
            }
            faults.warn(
                    target + ": cannot be written: " + e.getMessage() + "; after a restart names have to resolve anew");
        }
    }
}
