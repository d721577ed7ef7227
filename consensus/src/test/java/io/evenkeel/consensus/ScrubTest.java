package io.evenkeel.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.state.FeatureLevel;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import io.evenkeel.zones.store.NameTrie;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;

class ScrubTest {
    private static final int ZONES = 200;
    private static final Name NS = Name.fromConstantString("ns.invalid.");
    private static final long CPU_OF_A_LOOK = 1_000_000;

    private final VirtualTime time = new VirtualTime();
    private final StateRoot root = new StateRoot(ReplicatedState.empty());
    private final Findings findings = new Findings();
    /** Each look at it takes a millisecond. */
    private final AtomicLong cpu = new AtomicLong();

    private final Daemons daemons = new Daemons(time, fault -> {
        throw new AssertionError(fault);
    });
    /** Whoever holds it keeps the thread from going on. */
    private final Semaphore goesOn = new Semaphore(1);

    private final Scrub scrub = new Scrub(root, findings, daemons, time, () -> {
        goesOn.acquireUninterruptibly();
        goesOn.release();
        return cpu.addAndGet(CPU_OF_A_LOOK);
    });

    @BeforeEach
    void startWithZones() {
        ReplicatedState state = ReplicatedState.empty();
        for (int i = 1; i <= ZONES; i++) {
            Name apex = apex(i);
            List<Record> records = List.of(
                    new SOARecord(apex, DClass.IN, 60, apex, apex, 1, 60, 60, 60, 60),
                    new NSRecord(apex, DClass.IN, 60, NS));
            state = state.apply(i, new ZoneCommand.PutZone(apex, null, new ZoneContents.Inline(records), 1, List.of()))
                    .next();
        }
        root.publish(new Published(1, ZONES, state, 0));
        assertThat(root.get().state().catalog().zones()).hasSize(ZONES);
        scrub.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        scrub.stop();
    }

    private static Name apex(int number) {
        return Name.fromConstantString("z" + number + ".example.");
    }

    private Zone zone(int number) {
        return Objects.requireNonNull(root.get().state().catalog().zone(apex(number)));
    }

    /** Moves time on until so many rounds have ended. */
    private void awaitRounds(long rounds) throws InterruptedException {
        while (scrub.status().rounds() < rounds) {
            time.awaitWaiting(1);
            time.advance(Duration.ofMillis(100));
        }
    }

    @Test
    void aRoundBeginsEachHourAndTakesAHundredthOfAProcessor() throws Exception {
        time.awaitWaiting(1);
        time.advance(Scrub.ROUND.minusNanos(1));
        assertThat(scrub.status().rounds()).isZero();
        assertThat(scrub.status().age()).isEqualTo(Scrub.ROUND.minusNanos(1));
        assertThat(cpu).hasValue(0);
        awaitRounds(1);
        ScrubStatus status = scrub.status();
        assertThat(status.zones()).isEqualTo(ZONES);
        assertThat(status.records()).isEqualTo(2 * ZONES);
        assertThat(status.damaged()).isEmpty();
        Duration took = Duration.ofNanos(time.nanos()).minus(Scrub.ROUND).minus(status.age());
        // One look in three is the one after a pause, and counts for nothing.
        assertThat(took.toNanos()).isGreaterThan(60 * cpu.get());
        awaitRounds(2);
        Duration end = Duration.ofNanos(time.nanos()).minus(scrub.status().age());
        assertThat(end)
                .as("counted from begin to begin")
                .isBetween(
                        Scrub.ROUND.multipliedBy(2), Scrub.ROUND.multipliedBy(2).plus(took.multipliedBy(2)));
    }

    @Test
    void whoAsksHasARoundAtOnce() throws Exception {
        time.awaitWaiting(1);
        long number = scrub.request();
        awaitRounds(number);
        assertThat(Duration.ofNanos(time.nanos())).isLessThan(Scrub.ROUND);
        assertThat(scrub.status().zones()).isEqualTo(ZONES);
        assertThat(scrub.request()).isEqualTo(number + 1);
        awaitRounds(number + 1);
    }

    @Test
    void aFlippedOctetIsAFindingOfEachRoundUntilTheZoneIsAnother() throws Exception {
        NameTrie names = zone(7).names();
        byte[] page = Objects.requireNonNull(new NameTrie.Entries(names).page);
        page[page.length - 1] ^= 1;
        awaitRounds(scrub.request());
        assertThat(findings.damages()).isEqualTo(1);
        assertThat(scrub.status().damaged())
                .containsExactly("z7.example.: its records are not those that were put there");
        awaitRounds(scrub.request());
        assertThat(findings.damages()).isEqualTo(2);

        ZoneCommand delete = new ZoneCommand.DeleteZone(apex(7), zone(7).version(), List.of());
        ReplicatedState without = root.get().state().apply(ZONES + 1, delete).next();
        root.publish(new Published(1, ZONES + 1, without, 0));
        awaitRounds(scrub.request());
        assertThat(findings.damages()).isEqualTo(2);
        assertThat(scrub.status().damaged()).isEmpty();
    }

    @Test
    void aFlippedOctetOfTheHistoryIsAFindingToo() throws Exception {
        ReplicatedState state = root.get().state();
        state = state.apply(ZONES + 1, FeatureLevel.raise(state.settings())).next();
        ZoneCommand delete = new ZoneCommand.DeleteZone(apex(7), zone(7).version(), List.of());
        state = state.apply(ZONES + 2, delete).next();
        root.publish(new Published(1, ZONES + 2, state, 0));
        awaitRounds(scrub.request());
        assertThat(scrub.status().changes()).isEqualTo(1);
        assertThat(findings.damages()).isZero();

        state.history().forEachAfter(0, null, entry -> {
            entry.octets()[Long.BYTES - 1] ^= 1; // another index
            return true;
        });
        awaitRounds(scrub.request());
        assertThat(findings.damages()).isEqualTo(1);
        assertThat(scrub.status().damaged())
                .containsExactly("history of changes: its changes are not those that were put there");
    }

    @Test
    void aRoundThatIsNotOverWhenTheNextIsDueIsTold() throws Exception {
        goesOn.acquire();
        try {
            time.awaitWaiting(1);
            scrub.request();
            await().until(goesOn::hasQueuedThreads);
            time.advance(Scrub.ROUND);
            assertThat(daemons.late()).isEmpty();
            time.advance(Duration.ofNanos(1));
            assertThat(daemons.late()).containsOnlyKeys("scrub");
        } finally {
            goesOn.release();
        }
        awaitRounds(1);
        assertThat(daemons.late()).isEmpty();
    }
}
