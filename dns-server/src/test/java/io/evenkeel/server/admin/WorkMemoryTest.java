package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WorkMemoryTest {
    private final AtomicLong capacity = new AtomicLong(100);
    private final AtomicLong setAside = new AtomicLong();
    private final WorkMemory memory = new WorkMemory(() -> capacity.get() - setAside.get(), capacity::get);

    @Test
    void whatFitsIsTakenAndGivenBack() throws Exception {
        try (WorkMemory.Share one = memory.share();
                WorkMemory.Share other = memory.share()) {
            one.growTo(60);
            one.growTo(50);
            other.growTo(40);
            assertThat(memory.taken()).isEqualTo(100);
        }
        assertThat(memory.taken()).isZero();
    }

    @Test
    void whoFindsNoneGetsItOnceOthersAreDone() throws Exception {
        WorkMemory.Share first = memory.share();
        first.growTo(80);
        CompletableFuture<Long> second = CompletableFuture.supplyAsync(() -> {
            try (WorkMemory.Share share = memory.share()) {
                share.growTo(50);
                return memory.taken();
            } catch (ApiException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        first.close();
        assertThat(second.get(60, TimeUnit.SECONDS)).isEqualTo(50);
        assertThat(memory.taken()).isZero();
    }

    @Test
    void whoFindsNoneForLongIsToldToComeAgain() throws Exception {
        try (WorkMemory.Share first = memory.share();
                WorkMemory.Share second = memory.share()) {
            first.growTo(80);
            assertThatThrownBy(() -> second.growTo(50)).isInstanceOfSatisfying(ApiException.class, told -> {
                assertThat(told.status()).isEqualTo(503);
                assertThat(told.headers()).containsKey("Retry-After");
            });
            assertThat(memory.taken()).isEqualTo(80);
        }
    }

    @Test
    void whatNeverFitsIsRefusedAtOnceWithWhatIsNeeded() {
        try (WorkMemory.Share share = memory.share()) {
            assertThatThrownBy(() -> share.growTo(101)).isInstanceOfSatisfying(ApiException.class, told -> {
                assertThat(told.status()).isEqualTo(507);
                assertThat(told).hasMessageContaining("-Xmx");
            });
        }
        assertThat(memory.taken()).isZero();
    }

    @Test
    void whatImportsHaveSetAsideIsWaitedForAndNotMissingForGood() throws Exception {
        setAside.set(70);
        try (WorkMemory.Share share = memory.share()) {
            assertThatThrownBy(() -> share.growTo(50)).isInstanceOfSatisfying(ApiException.class, told -> {
                assertThat(told.status()).isEqualTo(503);
                assertThat(told.headers()).containsKey("Retry-After");
            });
            CompletableFuture<Void> ended = CompletableFuture.runAsync(() -> setAside.set(0));
            share.growTo(50);
            ended.join();
            assertThat(memory.taken()).isEqualTo(50);
        }
    }
}
