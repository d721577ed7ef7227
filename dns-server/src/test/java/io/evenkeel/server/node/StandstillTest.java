package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.process.VirtualTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StandstillTest {
    private final VirtualTime time = new VirtualTime();
    private final Standstill standstill = new Standstill(time);
    private boolean confirms;

    private void pass(Duration length) throws InterruptedException {
        time.advance(length);
    }

    @Test
    void whatComesBeforeTheFirstLookIsNoStandstill() throws Exception {
        pass(Duration.ofSeconds(20));
        standstill.look();
        assertThat(standstill.isStale()).isFalse();
    }

    @Test
    void looksThatAreALittleLateAreNone() throws Exception {
        for (int i = 0; i < 10; i++) {
            standstill.look();
            pass(Standstill.LATE);
            assertThat(standstill.isStale()).isFalse();
        }
        assertThat(standstill.reason()).isEmpty();
    }

    @Test
    void anAnswerBeforeTheFirstLookAfterItIsStaleAlready() throws Exception {
        standstill.look();
        pass(Standstill.LATE.plusNanos(1));
        assertThat(standstill.isStale()).isTrue();
        assertThat(standstill.reason()).contains("stood still");
    }

    @Test
    void itIsStaleUntilAMajorityHasConfirmed() throws Exception {
        standstill.look();
        pass(Duration.ofSeconds(20));
        standstill.look();
        pass(Standstill.EVERY);
        standstill.look();
        standstill.confirm(_ -> confirms);
        assertThat(standstill.isStale()).isTrue();
        confirms = true;
        standstill.confirm(_ -> confirms);
        assertThat(standstill.isStale()).isFalse();
        assertThat(standstill.reason()).isEmpty();
    }

    @Test
    void aConfirmationThatWasAskedForBeforeAnotherStandstillDoesNotCount() throws Exception {
        standstill.look();
        pass(Duration.ofSeconds(3));
        standstill.look();
        standstill.confirm(_ -> {
            pass(Duration.ofSeconds(3));
            standstill.look();
            return true;
        });
        assertThat(standstill.isStale()).isTrue();
        standstill.confirm(_ -> true);
        assertThat(standstill.isStale()).isFalse();
    }
}
