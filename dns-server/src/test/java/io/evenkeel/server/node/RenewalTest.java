package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.process.TestLog;
import io.evenkeel.server.peer.PeerGates;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RenewalTest {
    private final List<String> faults = new ArrayList<>();
    private final List<Throwable> ends = new ArrayList<>();
    private PeerGates gates = new PeerGates(List.of("n2"), List.of("n3 cannot be reached"));
    private int asked;
    private Runnable meanwhile = () -> {};

    private final Renewal renewal = new Renewal(
            () -> List.copyOf(faults),
            () -> {
                asked++;
                meanwhile.run();
                return gates;
            },
            ends::add);

    @Test
    void aNodeThatIsWholeAsksNobody() throws Exception {
        renewal.look();
        assertThat(asked).isZero();
        assertThat(ends).isEmpty();
    }

    @Test
    void aNodeEndsWhileAnotherMemberAnswers() throws Exception {
        faults.add("the answering loop 1 hangs");
        faults.add("the answering loop 2 hangs");
        renewal.look();
        assertThat(ends)
                .singleElement()
                .satisfies(end -> assertThat(end.getMessage())
                        .isEqualTo(
                                "the answering loop 1 hangs; the answering loop 2 hangs. Meanwhile these answer: n2"));
    }

    @Test
    void aNodeOfWhichNoOtherAnswersSoundlyStaysAndSaysWhoTheyAre() throws Exception {
        faults.add("the answering loop 1 hangs");
        gates = new PeerGates(List.of(), List.of("n2 hangs too", "n3 cannot be reached"));
        try (TestLog log = TestLog.of(Renewal.class, Level.ERROR)) {
            renewal.look();
            renewal.look();
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("the answering loop 1 hangs. No other member")
                    .contains("(n2 hangs too; n3 cannot be reached)", "goes on");
        }
        assertThat(asked).isEqualTo(2);
        assertThat(ends).isEmpty();
        gates = new PeerGates(List.of("n3"), List.of("n2 hangs too"));
        renewal.look();
        assertThat(ends).hasSize(1);
    }

    @Test
    void aNodeByItselfStays() throws Exception {
        faults.add("the answering loop 1 hangs");
        gates = new PeerGates(List.of(), List.of());
        try (TestLog log = TestLog.of(Renewal.class, Level.ERROR)) {
            renewal.look();
            assertThat(log.lines()).singleElement().asString().contains("the only member");
        }
        assertThat(ends).isEmpty();
    }

    @Test
    void aNodeThatIsWholeAgainOnceTheOthersHaveAnsweredStays() throws Exception {
        faults.add("the answering loop 1 hangs");
        meanwhile = faults::clear;
        renewal.look();
        assertThat(ends).isEmpty();
    }
}
