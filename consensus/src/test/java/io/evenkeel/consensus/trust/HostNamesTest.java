package io.evenkeel.consensus.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.process.Daemons;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The addresses of names, with a resolver of the test. */
@Timeout(60)
class HostNamesTest {
    private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress TWO = InetAddress.ofLiteral("192.0.2.2");
    private static final InetAddress SIX = InetAddress.ofLiteral("2001:db8::1");

    @TempDir
    private Path folder = Path.of("");

    private final Map<String, List<InetAddress>> zone = new ConcurrentHashMap<>();
    private final AtomicInteger lookups = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong();
    private final Daemons daemons = new Daemons(fault -> {
        throw new AssertionError(fault);
    });

    private HostNames opened() {
        return opened(name -> {
            lookups.incrementAndGet();
            List<InetAddress> found = zone.get(name);
            if (found == null) {
                throw new UnknownHostException(name + ": Name or service not known");
            }
            return found.toArray(InetAddress[]::new);
        });
    }

    private HostNames opened(HostNames.Lookup lookup) {
        HostNames names = new HostNames(lookup, daemons, nanos::get);
        names.keepIn(folder.resolve("resolved-names"));
        return names;
    }

    private void pass(Duration length) {
        nanos.addAndGet(length.toNanos());
    }

    @Test
    void nameHasTheAddressesOfTheResolver() throws Exception {
        zone.put("n1", List.of(ONE, SIX));
        assertThat(opened().resolve("n1")).containsExactly(ONE, SIX);
    }

    @Test
    void nameWithoutAddressIsToldWithItsReason() {
        HostNames names = opened();
        assertThatThrownBy(() -> names.resolve("n9"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("n9 has no address")
                .hasMessageContaining("Name or service not known");
        assertThat(names.unresolved().get("n9")).contains("no address of it is known");
        assertThat(names.known("n9")).isEmpty();
    }

    @Test
    void lastGoodAddressesAreKeptWhileTheNameDoesNotResolve() throws Exception {
        zone.put("n1", List.of(ONE));
        HostNames names = opened();
        names.resolve("n1");
        zone.clear();
        pass(TrustLimits.LOOKUP_FRESH);
        assertThat(names.resolve("n1")).containsExactly(ONE);
        assertThat(names.unresolved().get("n1")).contains("last good address, 192.0.2.1");
        zone.put("n1", List.of(ONE));
        pass(TrustLimits.LOOKUP_FRESH);
        names.resolve("n1");
        assertThat(names.unresolved()).isEmpty();
    }

    @Test
    void newAddressesComeFirstAndTheOldOnesOnceMore() throws Exception {
        zone.put("n1", List.of(ONE));
        HostNames names = opened();
        names.resolve("n1");
        zone.put("n1", List.of(TWO));
        assertThat(names.resolve("n1")).as("looked up a moment ago").containsExactly(ONE);
        pass(TrustLimits.LOOKUP_FRESH);
        assertThat(names.resolve("n1")).containsExactly(TWO, ONE);
        assertThat(names.known("n1")).containsExactly(TWO);
        assertThat(lookups.get()).isEqualTo(2);
    }

    @Test
    void addressThatWasReachedStaysTheFirstWhileTheResolverGivesIt() throws Exception {
        zone.put("n1", List.of(SIX, ONE));
        HostNames names = opened();
        names.resolve("n1");
        names.reached("n1", ONE);
        assertThat(names.known("n1")).containsExactly(ONE, SIX);
        zone.put("n1", List.of(TWO, ONE));
        pass(TrustLimits.LOOKUP_FRESH);
        assertThat(names.resolve("n1")).containsExactly(ONE, TWO, SIX);
    }

    @Test
    void addressesAreLookedUpAgainAsTheyAge() throws Exception {
        zone.put("n1", List.of(ONE));
        HostNames names = opened();
        names.resolve("n1");
        zone.put("n1", List.of(TWO));
        pass(TrustLimits.LOOKUP_AGED.minusNanos(1));
        assertThat(names.known("n1")).containsExactly(ONE);
        assertThat(lookups.get()).isEqualTo(1);
        pass(Duration.ofNanos(1));
        await().until(() -> names.known("n1").equals(List.of(TWO)));
    }

    @Test
    void resolverThatHangsHoldsUpNobodyForLongAndHasOneThread() throws Exception {
        zone.put("n1", List.of(ONE));
        HostNames before = opened();
        before.resolve("n1");
        before.keep();
        CountDownLatch hangs = new CountDownLatch(1);
        HostNames names = opened(_ -> {
            lookups.incrementAndGet();
            try {
                hangs.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return new InetAddress[] {TWO};
        });
        lookups.set(0);
        assertThat(names.known("n1")).containsExactly(ONE);
        assertThat(names.resolve("n1")).containsExactly(ONE);
        pass(TrustLimits.LOOKUP_AGED);
        assertThat(names.resolve("n1")).containsExactly(ONE);
        assertThat(lookups.get()).isEqualTo(1);
        hangs.countDown();
        await().until(() -> names.known("n1").equals(List.of(TWO)));
    }

    @Test
    void addressesOutliveTheProcess() throws Exception {
        zone.put("n1", List.of(ONE, SIX));
        HostNames names = opened();
        names.resolve("n1");
        names.keep();
        zone.clear();
        assertThat(opened().resolve("n1")).containsExactly(ONE, SIX);
    }

    @Test
    void rubbishInTheFileIsLeftOut() throws Exception {
        Files.writeString(folder.resolve("resolved-names"), "n1 what\n\nn2 192.0.2.2\n");
        assertThat(opened().resolve("n2")).containsExactly(TWO);
        assertThatThrownBy(() -> opened().resolve("n1")).isInstanceOf(UnknownHostException.class);
    }

    @Test
    void whatCannotBeWrittenIsTriedAgain() throws Exception {
        zone.put("n1", List.of(ONE));
        HostNames names = opened();
        Path blocking = Files.createDirectories(folder.resolve("resolved-names").resolve("full"));
        names.resolve("n1");
        names.keep();
        Files.delete(blocking);
        Files.delete(folder.resolve("resolved-names"));
        names.keep();
        zone.clear();
        assertThat(opened().resolve("n1")).containsExactly(ONE);
    }

    @Test
    void namesNobodyWantsAreForgottenAndTheirNumberIsBounded() throws Exception {
        HostNames names = opened();
        for (int i = 0; i <= TrustLimits.NAMES; i++) {
            String name = "n" + i;
            zone.put(name, List.of(ONE));
            names.resolve(name);
        }
        names.keep();
        assertThat(Files.readAllLines(folder.resolve("resolved-names")))
                .hasSize(TrustLimits.NAMES)
                .noneMatch(line -> line.startsWith("n0 "));
        names.keepOnly(Set.of("n7"));
        names.keep();
        assertThat(folder.resolve("resolved-names")).hasContent("n7 192.0.2.1\n");
    }
}
