package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.netty.channel.DefaultSelectStrategyFactory;
import org.apache.ratis.thirdparty.io.netty.channel.EventLoop;
import org.apache.ratis.thirdparty.io.netty.channel.nio.NioEventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.util.concurrent.ThreadPerTaskExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RaftLoopsTest {
    private final NioEventLoopGroup boss = new NioEventLoopGroup(1);
    private final NioEventLoopGroup workers = group(3);
    private final RaftLoops loops = new RaftLoops();
    private volatile boolean planted;

    /** As gRPC's, but for an Error in the loop itself once it is planted. */
    private NioEventLoopGroup group(int threads) {
        return new NioEventLoopGroup(
                threads,
                new ThreadPerTaskExecutor(task -> Thread.ofPlatform().daemon().unstarted(task)),
                java.nio.channels.spi.SelectorProvider.provider(),
                () -> {
                    var usual = DefaultSelectStrategyFactory.INSTANCE.newSelectStrategy();
                    return (select, hasTasks) -> {
                        if (planted) {
                            throw new LinkageError("planted");
                        }
                        return usual.calculateStrategy(select, hasTasks);
                    };
                });
    }

    @AfterEach
    void stop() {
        var _ = boss.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        var _ = workers.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    @Test
    void aLoopThatHasEndedByAnErrorIsMissedWhetherItServedOrNot() throws Exception {
        loops.accepts(boss.next());
        EventLoop one = workers.next();
        loops.serves(workers.next());
        CountDownLatch started = new CountDownLatch(1);
        one.execute(started::countDown);
        started.await();
        assertThat(loops.ended()).isEmpty();
        planted = true;
        one.execute(() -> {});
        await().until(one::isTerminated);
        assertThat(loops.ended())
                .singleElement()
                .asString()
                .startsWith("1 of the threads that serve connections of Raft");
    }

    @Test
    void theLoopThatAcceptsIsMissedByName() {
        loops.serves(workers.next());
        loops.accepts(boss.next());
        var _ = boss.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        await().until(boss::isTerminated);
        assertThat(loops.ended()).singleElement().asString().contains("accepts connections of Raft", "no new one");
    }

    @Test
    void aServerThatEndsMissesNone() {
        loops.accepts(boss.next());
        loops.serves(workers.next());
        loops.leave();
        var _ = boss.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        await().until(boss::isTerminated);
        assertThat(loops.ended()).isEmpty();
    }

    @Test
    void aThreadOfConnectionsToOthersIsMissedEvenIfItWasTheOnlyOne() {
        Set<String> one = Set.of("grpc-default-worker-ELG-3-1");
        Set<String> both = Set.of("grpc-default-worker-ELG-3-1", "grpc-default-worker-ELG-3-2");
        assertThat(loops.countMute(Set.of())).isZero();
        assertThat(loops.countMute(one)).isZero();
        assertThat(loops.countMute(both)).isZero();
        assertThat(loops.countMute(one)).isOne();
        assertThat(loops.countMute(Set.of())).isEqualTo(2);
    }

    @Test
    void theThreadsOfConnectionsOutliveTheLastOfThem() throws Exception {
        // As Ratis' connections: they share the threads of the process.
        String prefix = "grpc-default-worker-ELG-";
        assertThat(loops.ended()).isEmpty();
        ManagedChannel other =
                NettyChannelBuilder.forAddress("127.0.0.1", 1).usePlaintext().build();
        other.getState(true);
        await().until(() -> !RaftThreads.names(prefix).isEmpty());
        Set<String> there = RaftThreads.names(prefix);
        assertThat(other.shutdownNow().awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        // gRPC would end them after a second, by a thread that is there until then.
        await().during(Duration.ofSeconds(2))
                .until(() -> RaftThreads.names(prefix).containsAll(there));
        assertThat(loops.ended()).isEmpty();
    }

    @Test
    void nothingIsMissedBeforeAnythingIsKnown() {
        assertThat(new RaftLoops().ended()).isEqualTo(List.of());
    }
}
