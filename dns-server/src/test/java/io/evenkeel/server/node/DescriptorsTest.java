package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DescriptorsTest {
    private static final List<Descriptors.Need> OTHERS =
            List.of(new Descriptors.Need("admin API", 512), new Descriptors.Need("Raft port", 528));

    @Test
    void enoughAreEnough() {
        int needed = 1000 + 512 + 528 + Descriptors.FILES;
        Descriptors exact = Descriptors.of(needed, 1000, OTHERS);
        assertThat(exact.needed()).isEqualTo(needed);
        assertThat(exact.tcpConnections()).isEqualTo(1000);
        assertThat(exact.reasons()).isEmpty();
        assertThat(Descriptors.of(Descriptors.UNKNOWN, 1000, OTHERS).reasons()).isEmpty();
    }

    @Test
    void tooFewAreNamedWithTheRemedyAndLetFewerConnectionsIn() {
        Descriptors few = Descriptors.of(1800, 1000, OTHERS);
        assertThat(few.tcpConnections()).isEqualTo(1800 - 512 - 528 - Descriptors.FILES);
        assertThat(few.reasons())
                .containsExactly(
                        "this process may have 1800 descriptors open, and at worst needs 2296 (1000 DNS over TCP,"
                                + " 512 admin API, 528 Raft port, 256 files and the rest); it lets in 504 connections for DNS over TCP:"
                                + " allow more (LimitNOFILE= of the unit, nofile of the container, ulimit -n), or lower"
                                + " dns.tcp-connections, and restart the node");
    }

    @Test
    void someConnectionsAreLetInHoweverFewDescriptorsThereAre() {
        assertThat(Descriptors.of(256, 1000, OTHERS).tcpConnections()).isEqualTo(Descriptors.LEAST_TCP);
        assertThat(Descriptors.of(256, 10, OTHERS).tcpConnections())
                .as("no more than configured")
                .isEqualTo(10);
    }

    @Test
    void theKernelTellsWhatIsOpen() {
        assertThat(Descriptors.open()).isGreaterThan(2);
        assertThat(Descriptors.ofThisProcess(1000, OTHERS).allowed()).isGreaterThan(Descriptors.open());
    }
}
