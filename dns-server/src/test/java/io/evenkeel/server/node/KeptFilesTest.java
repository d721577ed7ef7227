package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.server.node.Capacity.Origin;
import io.evenkeel.server.node.WarmUp.Measurement;
import io.evenkeel.zones.Golden;
import io.evenkeel.zones.state.ZoneCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Later versions read the files that earlier ones have left in a data folder. */
final class KeptFilesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long WALL_MILLIS = 1_700_000_000_000L;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void theCapacityIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = Golden.read(KeptFilesTest.class, "kept-1.hex");
        var _ = new CapacityFile(folder, 2, _ -> {}, 4, () -> WALL_MILLIS / 1000).settle(new Measurement(3000, 0));
        Path file = folder.resolve(CapacityFile.NAME);
        golden.assertWritten(CapacityFile.NAME, Files.readAllBytes(file));
        Files.write(file, golden.octets(CapacityFile.NAME));
        assertThat(new CapacityFile(folder, 2, _ -> {}, 4, () -> WALL_MILLIS / 1000).known())
                .isEqualTo(new Capacity(3000, 2, Origin.KEPT));
    }

    @Test
    void theAgeOfDataIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = Golden.read(KeptFilesTest.class, "kept-1.hex");
        InMemoryReplica replica = new InMemoryReplica();
        AtomicLong nanos = new AtomicLong(Long.MIN_VALUE / 2); // before any entry was applied, so that ages are 0
        DataAge age = new DataAge(replica.root(), folder, LIMIT, nanos::get, () -> WALL_MILLIS);
        for (int i = 0; i < 2; i++) { // a note is about the look before it
            replica.propose(new ZoneCommand.Tick(), LIMIT).join();
            age.note();
            nanos.addAndGet(LIMIT.toNanos());
        }
        Path file = folder.resolve(DataAge.FILE);
        golden.assertWritten(DataAge.FILE, Files.readAllBytes(file));
        Files.write(file, golden.octets(DataAge.FILE));
        replica.root().recovered(replica.root().get().index());
        DataAge restarted = new DataAge(replica.root(), folder, LIMIT, nanos::get, () -> WALL_MILLIS + 10_000);
        assertThat(restarted.seconds()).isEqualTo(10);
    }

    @Test
    void whatCalmIsIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = Golden.read(KeptFilesTest.class, "kept-1.hex");
        CalmShare calm = new CalmShare(folder);
        for (int minute = 0; minute < 100; minute++) {
            calm.add(minute / 200.0);
        }
        calm.keep();
        Path file = folder.resolve(CalmShare.FILE);
        golden.assertWritten(CalmShare.FILE, Files.readAllBytes(file));
        Files.write(file, golden.octets(CalmShare.FILE));
        assertThat(new CalmShare(folder).share()).isEqualTo(calm.share());
    }

    @Test
    void theLastConfigurationIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = Golden.read(KeptFilesTest.class, "kept-1.hex");
        Path file = Path.of("/etc/evenkeel/evenkeel.yaml");
        String text = "node: {name: n1, data: /var/lib/evenkeel}\ndns: {loops: 3}\n";
        golden.assertWritten(
                Configuration.FILE,
                Configuration.octets(file, text, Map.of("EVENKEEL_DNS_LOOPS", "4", "HOME", "/root")));
        Path kept = Files.write(folder.resolve(Configuration.FILE), golden.octets(Configuration.FILE));
        assertThat(Configuration.read(kept, file, Path.of("/var/lib/evenkeel"))
                        .dns()
                        .loops())
                .isEqualTo(4);
    }
}
