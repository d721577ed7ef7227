package io.evenkeel.consensus.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class VirtualTimeTest {
    private final VirtualTime time = new VirtualTime();

    @Test
    void aSleeperGoesOnAtItsDeadlineAndNotBefore() throws Exception {
        CompletableFuture<Long> woken = new CompletableFuture<>();
        Thread sleeper = Thread.ofVirtual().start(() -> {
            try {
                time.sleep(Duration.ofSeconds(5));
                woken.complete(time.nanos());
            } catch (InterruptedException e) {
                woken.completeExceptionally(e);
            }
        });
        time.awaitWaiting(1);
        time.advance(Duration.ofSeconds(4));
        assertThat(woken).isNotDone();
        time.advance(Duration.ofSeconds(2));
        sleeper.join();
        assertThat(woken.get()).isGreaterThanOrEqualTo(Duration.ofSeconds(5).toNanos());
    }

    @Test
    void aResultEndsTheWaitForIt() throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<String> answer = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                time.awaitWaiting(1);
                answer.complete("here");
            } catch (InterruptedException e) {
                answer.completeExceptionally(e);
            }
        });
        assertThat(time.await(answer, Duration.ofSeconds(1))).isEqualTo("here");
        assertThat(time.nanos()).isZero();
    }

    @Test
    void aWaitWithoutResultEndsWithItsLimit() throws Exception {
        CompletableFuture<String> never = new CompletableFuture<>();
        Thread clock = Thread.ofVirtual().start(() -> {
            try {
                time.awaitWaiting(1);
                time.advance(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThatThrownBy(() -> time.await(never, Duration.ofSeconds(1))).isInstanceOf(TimeoutException.class);
        clock.join();
    }

    @Test
    void timeGoesFromDeadlineToDeadlineUntilTheResultIsThere() throws Exception {
        CompletableFuture<Long> third = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < 3; i++) {
                    time.sleep(Duration.ofSeconds(7));
                }
                third.complete(time.nanos());
            } catch (InterruptedException e) {
                third.completeExceptionally(e);
            }
        });
        time.advanceUntil(third, 1);
        assertThat(third.get()).isEqualTo(Duration.ofSeconds(21).toNanos());
    }
}
