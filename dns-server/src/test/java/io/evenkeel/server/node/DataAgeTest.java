package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataAgeTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final InMemoryReplica replica = new InMemoryReplica();
    /** The replica stamps by the real clock, so that this one goes on from there. */
    private final AtomicLong skipNanos = new AtomicLong();

    private final AtomicLong wallMillis = new AtomicLong(1_700_000_000_000L);

    @TempDir
    private Path folder = Path.of("");

    private DataAge age() {
        return age(replica.root());
    }

    private DataAge age(StateRoot root) {
        return new DataAge(root, folder, LIMIT, () -> System.nanoTime() + skipNanos.get(), wallMillis::get);
    }

    private void tick() {
        replica.propose(new ZoneCommand.Tick(), LIMIT).join();
    }

    private void pass(Duration time) {
        skipNanos.addAndGet(time.toNanos());
        wallMillis.addAndGet(time.toMillis());
    }

    @Test
    void growsUntilAnEntryIsApplied() {
        DataAge age = age();
        tick();
        assertThat(age.seconds()).isBetween(0.0, 30.0);
        pass(Duration.ofSeconds(50));
        age.observe();
        assertThat(age.seconds()).isBetween(50.0, 59.0);
        assertThat(age.isStale()).isFalse();
        pass(Duration.ofSeconds(11));
        age.observe();
        assertThat(age.isStale()).isTrue();
        assertThat(age.text()).matches("6\\d\\.\\d s");
        skipNanos.set(0); // entries are stamped by the real clock
        tick();
        age.observe();
        assertThat(age.isStale()).isFalse();
    }

    @Test
    void nodeWithoutDataIsNotStale() {
        DataAge age = age(new StateRoot(ReplicatedState.empty()));
        pass(Duration.ofHours(1));
        age.observe();
        assertThat(age.seconds()).isNaN();
        assertThat(age.text()).isEqualTo("no data");
        assertThat(age.isStale()).isFalse();
    }

    @Test
    void restartDoesNotMakeDataYoung() {
        DataAge age = age();
        tick();
        long first = replica.root().get().index();
        age.note();
        assertThat(folder.resolve(DataAge.FILE)).doesNotExist();
        pass(Duration.ofSeconds(10));
        tick();
        age.note();
        assertThat(folder.resolve(DataAge.FILE)).content().startsWith(first + " ");
        pass(Duration.ofHours(2));
        replica.root().recovered(replica.root().get().index());
        DataAge restarted = age();
        assertThat(restarted.seconds()).isBetween(7200.0, 7260.0);
        restarted.observe();
        assertThat(restarted.isStale()).isTrue();
        wallMillis.addAndGet(-Duration.ofHours(5).toMillis()); // the clock is set while it runs: no matter
        assertThat(restarted.seconds()).isBetween(7200.0, 7260.0);
        skipNanos.set(0);
        tick();
        restarted.observe();
        assertThat(restarted.isStale()).isFalse();
        assertThat(restarted.seconds()).isBetween(0.0, 30.0);
    }

    @Test
    void whatIsReplayedMakesNoNote() {
        tick();
        replica.root().recovered(replica.root().get().index());
        age().note();
        assertThat(folder.resolve(DataAge.FILE)).doesNotExist();
    }

    @Test
    void withoutAUsableNoteTheAgeIsUnknown() throws IOException {
        tick();
        long index = replica.root().get().index();
        replica.root().recovered(index);
        assertUnknown("no note");
        Files.writeString(folder.resolve(DataAge.FILE), "");
        assertUnknown("empty");
        Files.writeString(folder.resolve(DataAge.FILE), "99999999999999999999 1\n");
        assertUnknown("not a note");
        Files.writeString(folder.resolve(DataAge.FILE), index + " " + (wallMillis.get() + 1) + "\n");
        assertUnknown("the clock was set back");
        Files.writeString(folder.resolve(DataAge.FILE), (index + 1) + " " + (wallMillis.get() - 90_000) + "\n");
        assertUnknown("about more than there is");
        assertThat(age().text()).startsWith("unknown, at least 9");
        Files.writeString(folder.resolve(DataAge.FILE), index + " " + (wallMillis.get() - 1000) + "\n");
        assertThat(age().seconds()).isBetween(1.0, 59.0);
    }

    private void assertUnknown(String why) {
        DataAge age = age();
        age.observe();
        assertThat(age.seconds()).as(why).isNaN();
        assertThat(age.text()).as(why).startsWith("unknown, at least ");
        assertThat(age.isStale()).as(why).isTrue();
    }
}
