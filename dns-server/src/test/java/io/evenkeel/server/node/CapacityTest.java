package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.server.change.Zones;
import io.evenkeel.server.node.Capacity.Origin;
import io.evenkeel.server.node.WarmUp.Measurement;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CapacityTest {
    private static final double CALM = 0.05;
    private static final double LOADED = 0.5;

    @TempDir
    private Path folder = Path.of("");

    private final AtomicLong now = new AtomicLong(1_700_000_000);
    private final AtomicReference<Double> loopQps = new AtomicReference<>(0.0);

    private CapacityFile file() {
        return new CapacityFile(folder, 2, loopQps::set, 4, now::get);
    }

    @Test
    void aCalmMeasurementIsKeptForStartsUnderLoad() {
        assertThat(file().known()).isNull();
        assertThat(file().settle(null)).isNull();
        assertThat(file().settle(new Measurement(3000, CALM))).isEqualTo(new Capacity(3000, 2, Origin.MEASURED));
        assertThat(file().known()).isEqualTo(new Capacity(3000, 2, Origin.KEPT));
        assertThat(file().settle(null)).isEqualTo(new Capacity(3000, 2, Origin.KEPT));
        assertThat(file().settle(new Measurement(5000, LOADED))).isEqualTo(new Capacity(3000, 2, Origin.KEPT));
        assertThat(file().settle(new Measurement(4000, CALM))).isEqualTo(new Capacity(4000, 2, Origin.MEASURED));
        assertThat(file().known())
                .as("a calm figure replaces a better one: the machine has changed")
                .isEqualTo(new Capacity(4000, 2, Origin.KEPT));
    }

    @Test
    void whatClientsAskCountsMoreThanAWarmUpUntilItIsOldOrTheBuildIsSlower() {
        CapacityFile file = file();
        file.settle(new Measurement(3000, CALM));
        now.addAndGet(1_000);
        assertThat(file.ageSeconds()).isEqualTo(1_000);
        file.serve(6000, 1);
        assertThat(file.known()).isEqualTo(new Capacity(6000, 2, Origin.SERVICE));
        assertThat(file.ageSeconds()).isZero();
        assertThat(loopQps).hasValue(1e9 / 6000);
        now.addAndGet(7 * 86_400);
        CapacityFile restarted = file();
        assertThat(restarted.settle(new Measurement(3000, CALM))).isEqualTo(new Capacity(6000, 2, Origin.KEPT));
        assertThat(restarted.ageSeconds()).isEqualTo(7 * 86_400);
        assertThat(file().settle(new Measurement(7000, CALM))).isEqualTo(new Capacity(7000, 2, Origin.MEASURED));
        file().serve(6000, 1);
        now.addAndGet(CapacityFile.OLD_SECONDS);
        assertThat(file().settle(new Measurement(3000, CALM))).isEqualTo(new Capacity(3000, 2, Origin.MEASURED));
    }

    @Test
    void aQuotaThatWasSeenHoldsAfterARestart() {
        CapacityFile file = file();
        file.settle(new Measurement(1000, CALM));
        assertThat(Objects.requireNonNull(file.known()).lastingQps()).isEqualTo(1_400_000);
        file.share(0.25);
        assertThat(Objects.requireNonNull(file.known()).lastingQps()).isEqualTo(350_000);
        assertThat(loopQps).as("the queue is bounded by the speed of the code").hasValue(1e6);
        CapacityFile restarted = file();
        assertThat(restarted.share()).isEqualTo(0.25);
        assertThat(restarted.settle(new Measurement(1000, CALM)))
                .isEqualTo(new Capacity(1000, 2, 0.25, Origin.MEASURED));
        restarted.serve(1000, 1);
        assertThat(file().share()).isEqualTo(1);
    }

    @Test
    void anotherMachineKnowsWhatTheNodeCouldAnswerBefore() {
        assertThat(file().before()).isNull();
        file().settle(new Measurement(1000, CALM));
        CapacityFile smaller = new CapacityFile(folder, 2, loopQps::set, 1, now::get);
        assertThat(smaller.known()).isNull();
        assertThat(smaller.before()).isEqualTo(new Capacity(1000, 2, Origin.MEASURED));
        assertThat(Objects.requireNonNull(smaller.settle(new Measurement(1000, CALM)))
                        .lastingQps())
                .isEqualTo(700_000);
        assertThat(new CapacityFile(folder, 2, loopQps::set, 1, now::get).before())
                .isEqualTo(new Capacity(1000, 1, Origin.MEASURED));
        smaller.serve(2000, 0.5);
        assertThat(new CapacityFile(folder, 2, loopQps::set, 1, now::get).before())
                .isEqualTo(new Capacity(2000, 1, 0.5, Origin.SERVICE));
    }

    @Test
    void aFileOfAnEarlierReleaseIsRead() throws IOException {
        Files.writeString(folder.resolve(CapacityFile.NAME), "format=1\nprocessors=4\ncpu-nanos-per-query=3000\n");
        assertThat(file().known()).isEqualTo(new Capacity(3000, 2, Origin.KEPT));
        assertThat(file().before()).isEqualTo(new Capacity(3000, 2, Origin.MEASURED));
    }

    @Test
    void underLoadWithoutABetterFigureTheMeasuredOneCountsAndIsNotKept() {
        assertThat(file().settle(new Measurement(5000, LOADED))).isEqualTo(new Capacity(5000, 2, Origin.UNDER_LOAD));
        assertThat(file().known()).isNull();
        file().settle(new Measurement(6000, CALM));
        assertThat(file().settle(new Measurement(5000, LOADED))).isEqualTo(new Capacity(5000, 2, Origin.UNDER_LOAD));
        assertThat(file().known()).isEqualTo(new Capacity(6000, 2, Origin.KEPT));
    }

    @Test
    void moreThreadsThanProcessorsAnswerNoMore() {
        Capacity capacity = Objects.requireNonNull(
                new CapacityFile(folder, 8, loopQps::set, 4, now::get).settle(new Measurement(2000, CALM)));
        assertThat(capacity).isEqualTo(new Capacity(2000, 4, Origin.MEASURED));
        assertThat(capacity.loopQps()).isEqualTo(500_000);
        assertThat(loopQps).as("the answering threads are told").hasValue(500_000.0);
        assertThat(capacity.qps()).isEqualTo(2_000_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "format=2\nprocessors=4\ncpu-nanos-per-query=3000\n",
                "format=1\nprocessors=4\ncpu-nanos-per-query=\n",
                "format=1\nprocessors=4\ncpu-nanos-per-query=-3\n",
                "format=1\nprocessors=4\ncpu-nanos-per-query=NaN\n",
                "format=1\nprocessors=16\ncpu-nanos-per-query=3000\n",
                "format=1\nprocessors=4\n\\uXYZW=3000",
                "\u0000\u0001rubbish"
            })
    void aDamagedFileOrOneOfAnotherMachineIsLeftAsideAndReplaced(String contents) throws IOException {
        Files.writeString(folder.resolve(CapacityFile.NAME), contents);
        assertThat(file().known()).isNull();
        file().settle(new Measurement(3000, CALM));
        assertThat(file().known()).isEqualTo(new Capacity(3000, 2, Origin.KEPT));
    }

    @Test
    void aHugeFileIsNotReadAndAFolderThatCannotBeWrittenIsNoFailure() throws IOException {
        Files.write(folder.resolve(CapacityFile.NAME), new byte[1 << 20]);
        assertThat(file().known()).isNull();
        CapacityFile nowhere = new CapacityFile(folder.resolve("absent"), 2, loopQps::set, 4, now::get);
        assertThat(nowhere.settle(new Measurement(3000, CALM))).isEqualTo(new Capacity(3000, 2, Origin.MEASURED));
        assertThat(nowhere.known()).isEqualTo(new Capacity(3000, 2, Origin.MEASURED));
        assertThat(file().known()).isNull();
    }

    @Test
    void outsideLoadIsWhatOthersAndTheHypervisorTook() {
        OutsideLoad before = Objects.requireNonNull(OutsideLoad.parse("cpu  100 10 50 1000 20 5 5 10 3 1", 0));
        // 200 ticks more: 60 user, 20 system, 20 stolen, 100 idle; 0.5 s of it this process.
        OutsideLoad after = Objects.requireNonNull(OutsideLoad.parse("cpu  160 10 70 1100 20 5 5 30 3 1", 500_000_000));
        assertThat(after.shareSince(before)).isCloseTo(0.25, within(1e-9));
        assertThat(before.shareSince(before)).isZero();
        assertThat(OutsideLoad.parse("cpu0 1 2 3", 0)).isNull();
        assertThat(OutsideLoad.parse("", 0)).isNull();
    }

    @Test
    void warmingUpMeasuresTheCpuTimeOfAnAnswer() {
        InMemoryReplica replica = new InMemoryReplica();
        replica.propose(
                        new ZoneCommand.PutZone(
                                Zones.APEX, null, new ZoneContents.Inline(Zones.records(Zones.APEX)), 1, List.of()),
                        Duration.ofSeconds(30))
                .join();
        Measurement measured = Objects.requireNonNull(
                WarmUp.run(replica.root().get().state().catalog(), Duration.ofSeconds(15), 1232, Sockets.best(true)));
        // From a machine ten times faster than any to one a hundred times slower.
        assertThat(measured.cpuNanosPerQuery()).isBetween(200.0, 500_000.0);
        assertThat(measured.outsideShare()).isBetween(0.0, 1.0);
        assertThat(WarmUp.run(replica.root().get().state().catalog(), Duration.ZERO, 1232, Sockets.best(true)))
                .isNull();
    }
}
