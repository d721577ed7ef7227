package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.VirtualTime;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class ClusterWatchTest {
    private final Logger logger = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(ClusterWatch.class);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final VirtualTime time = new VirtualTime();
    private @Nullable ReplicaStatus status;
    private final ClusterWatch watch = new ClusterWatch(() -> status, time);

    @BeforeEach
    void listen() {
        said.start();
        logger.addAppender(said);
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(said);
        logger.setLevel(null);
        logger.setAdditive(true);
    }

    private List<String> said() {
        List<String> lines =
                said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        said.list.clear();
        return lines;
    }

    private static ReplicaStatus led(@Nullable String leader, long term, String... members) {
        List<Member> all = List.of(members).stream()
                .map(name -> new Member(name, 1, "127.0.0.1:1"))
                .toList();
        return new ReplicaStatus(
                ReplicaStatus.Role.FOLLOWER, term, leader, false, 1, 1, 1, all, 0, 0, -1, 0, null, false, null);
    }

    private void pass(int seconds) throws InterruptedException {
        for (int second = 0; second < seconds; second++) {
            time.advance(Duration.ofSeconds(1));
            watch.observe();
        }
    }

    @Test
    void anElectionIsOneLine() throws Exception {
        pass(60);
        assertThat(said()).as("in no cluster yet").isEmpty();
        status = led("n1", 1, "n1", "n2", "n3");
        pass(60);
        assertThat(said()).containsExactly("n1 leads, in term 1");
        status = led(null, 2, "n1", "n2", "n3");
        pass(3);
        status = led("n2", 2, "n1", "n2", "n3");
        pass(60);
        assertThat(said()).containsExactly("n2 leads, in term 2; n1 led before, and nobody for about 4 s");
        assertThat(watch.leaderChanges()).isEqualTo(1);
    }

    @Test
    void aMajorityThatIsLostAndComesBackIsALineEach() throws Exception {
        status = led("n1", 1, "n1", "n2", "n3");
        pass(1);
        said();
        status = led(null, 2, "n1", "n2", "n3");
        pass(600);
        assertThat(said())
                .containsExactly(
                        "No majority of the members is reached: nobody has led for 10 s, so that no change is possible."
                                + " Answers go on; n1 led last");
        status = led("n1", 3, "n1", "n2", "n3");
        pass(600);
        assertThat(said())
                .containsExactly(
                        "A majority of the members is there again after 601 s: n1 leads, changes are possible");
        assertThat(watch.leaderChanges()).isZero();
    }

    @Test
    void whoComesAndWhoGoesIsTold() throws Exception {
        status = led("n1", 1, "n1");
        pass(1);
        said();
        status = led("n1", 1, "n1", "n2");
        pass(2);
        status = led("n1", 1, "n2");
        pass(2);
        assertThat(said())
                .containsExactly(
                        "Members of the cluster are now n1-1, n2-1; new: n2-1",
                        "Members of the cluster are now n2-1; gone: n1-1");
    }
}
