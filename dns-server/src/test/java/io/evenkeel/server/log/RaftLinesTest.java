package io.evenkeel.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With lines as Ratis has written them on members of real clusters. */
final class RaftLinesTest {
    private static final String APPENDER = "org.apache.ratis.grpc.server.GrpcLogAppender";
    private static final String SERVICE = "org.apache.ratis.grpc.server.GrpcServerProtocolService";
    private static final String REFUSED = """
            n2-1@group-381DF6567ECC->%s-AppendLogResponseHandler: Failed appendEntries: org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException: UNAVAILABLE: io exception
              Caused by: org.apache.ratis.thirdparty.io.netty.channel.AbstractChannel$AnnotatedConnectException: finishConnect(..) failed with error(-111): Connection refused: /127.0.0.1:30601
              Caused by: java.net.ConnectException: finishConnect(..) failed with error(-111): Connection refused""";
    private static final String FOLLOWER =
            "n2-1@group-381DF6567ECC->%s-GrpcLogAppender: Follower failed (request=null, errorCount=%d); keep nextIndex (3969) unchanged and retry.";

    private final AtomicLong now = new AtomicLong(5);
    private final LogLosses losses = new LogLosses();
    private final LogRate rate = new LogRate(losses, "n2", _ -> {}, now::get);
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();

    @BeforeEach
    void start() {
        context.addTurboFilter(rate);
        said.start();
        context.getLogger("ROOT").addAppender(said);
        context.getLogger("ROOT").setLevel(Level.INFO);
        context.getLogger("org.apache.ratis").setLevel(Level.WARN);
    }

    private void warn(String logger, String text) {
        context.getLogger(logger).warn(text);
    }

    private List<String> said() {
        return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private void pass(int seconds) {
        for (int second = 0; second < seconds; second++) {
            now.addAndGet(1_000_000_000L);
            rate.sweep();
        }
    }

    @Test
    void aMemberThatIsAwayIsOneLineAMinute() {
        for (int second = 0; second < 180; second++) {
            warn(APPENDER, REFUSED.formatted("n3-1"));
            warn(APPENDER, FOLLOWER.formatted("n3-1", second));
            pass(1);
        }
        assertThat(said())
                .containsExactly(
                        "n3 cannot be reached (last: finishConnect(..) failed with error(-111): Connection refused; 1 line of Ratis folded)",
                        "n3 cannot be reached (last: finishConnect(..) failed with error(-111): Connection refused; 119 lines of Ratis folded)",
                        "n3 cannot be reached (last: finishConnect(..) failed with error(-111): Connection refused; 120 lines of Ratis folded)",
                        "n3 cannot be reached (last: finishConnect(..) failed with error(-111): Connection refused; 120 lines of Ratis folded)");
        assertThat(said.list).allSatisfy(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.WARN);
            assertThat(line.getThrowableProxy()).isNull();
        });
        assertThat(losses.count(LogLosses.Reason.REPEATED, LogLosses.Severity.WARN))
                .isEqualTo(360);
        pass(180);
        assertThat(said()).as("it is there again").hasSize(4);
    }

    @Test
    void eachMemberHasALineOfItsOwnWhicheverWayItIsNamed() {
        warn(APPENDER, FOLLOWER.formatted("n1-2", 1));
        warn(APPENDER, FOLLOWER.formatted("n-3-x-1", 1));
        context.getLogger(SERVICE)
                .warn("{}: Failed requestVote {}", "n2-1", "n4-1->n2-1#17", new IllegalStateException("it is CLOSED"));
        warn(
                SERVICE,
                "n2-1: APPEND_ENTRIES onError, lastRequest: null: StatusRuntimeException: CANCELLED: client cancelled");
        assertThat(said())
                .containsExactly(
                        "n1 cannot be reached (last: " + FOLLOWER.formatted("n1-2", 1) + "; 1 line of Ratis folded)",
                        "n cannot be reached (last: " + FOLLOWER.formatted("n-3-x-1", 1) + "; 1 line of Ratis folded)",
                        "Raft is disturbed between this node and n4 (last: it is CLOSED; 1 line of Ratis folded)",
                        "Raft is disturbed between this node and another member (last: CANCELLED: client cancelled; 1 line of Ratis folded)");
    }

    @Test
    void aCauseIsKeptOverALineThatTellsNone() {
        context.getLogger(APPENDER)
                .warn(FOLLOWER.formatted("n3-1", 1), new RuntimeException(new ConnectException("no route")));
        warn(APPENDER, FOLLOWER.formatted("n3-1", 2));
        warn(APPENDER, REFUSED.formatted("n3-1"));
        warn(APPENDER, FOLLOWER.formatted("n3-1", 3));
        pass(60);
        assertThat(said())
                .containsExactly(
                        "n3 cannot be reached (last: no route; 1 line of Ratis folded)",
                        "n3 cannot be reached (last: finishConnect(..) failed with error(-111): Connection refused; 3 lines of Ratis folded)");
    }

    @Test
    void whatConcernsThisNodeAlonePassesWithItsTrace() {
        context.getLogger("org.apache.ratis.server.raftlog.segmented.SegmentedRaftLogWorker")
                .error("n2-1@group-381DF6567ECC-SegmentedRaftLogWorker: the disk fails", new IOException("EIO"));
        warn("org.apache.ratis.util.JvmPauseMonitor", "JvmPauseMonitor-n2-1: Detected pause");
        assertThat(said()).hasSize(2);
        assertThat(said.list.getFirst().getThrowableProxy()).isNotNull();
    }

    @Test
    void aStopTellsNothingOfThoseWhoAreLeft() {
        warn(APPENDER, "n2-1@group-381DF6567ECC->n1-1-GrpcLogAppender is interrupted: java.lang.InterruptedException");
        rate.stopping();
        context.getLogger(SERVICE)
                .warn("n2-1: Failed requestVote n3-1->n2-1#1", new IllegalStateException("expected to be opened"));
        pass(120);
        assertThat(said()).isEmpty();
        assertThat(losses.count(LogLosses.Reason.REPEATED, LogLosses.Severity.WARN))
                .isEqualTo(2);
    }

    @Test
    void whoeverAsksForMoreOfRatisGetsItsLines() {
        context.getLogger("org.apache.ratis").setLevel(Level.DEBUG);
        warn(APPENDER, FOLLOWER.formatted("n3-1", 1));
        context.getLogger(APPENDER).debug("heartbeat");
        assertThat(said()).containsExactly(FOLLOWER.formatted("n3-1", 1), "heartbeat");
    }

    @Test
    void namesThatComeAndGoAreForgotten() {
        for (int i = 0; i < 1000; i++) {
            warn(APPENDER, FOLLOWER.formatted("m" + i + "-1", 1));
        }
        assertThat(said()).hasSize(1000);
        for (int i = 0; i < 1000; i++) {
            warn(APPENDER, FOLLOWER.formatted("m" + i + "-1", 2));
        }
        said.list.clear();
        pass(60);
        assertThat(said()).hasSizeLessThanOrEqualTo(RaftLines.MEMBERS);
    }
}
