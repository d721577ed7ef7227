package io.evenkeel.ops.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.ops.verb.CommandFailure;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SourcesTest {
    @Test
    void sourcesAreSpreadOverAllThatIsNamed() throws Exception {
        InetAddress server = InetAddress.ofLiteral("127.0.0.1");
        assertThat(addresses(Sources.of("--sources", List.of(), server), 4096))
                .startsWith("127.1.0.0", "127.1.0.16")
                .endsWith("127.1.255.240")
                .doesNotHaveDuplicates();
        assertThat(addresses(Sources.of("--sources", List.of("127.0.0.9", "127.2.0.253/31"), server), 4))
                .containsExactly("127.0.0.9", "127.2.0.252", "127.2.0.253", "127.0.0.9");
        assertThat(addresses(Sources.of("--sources", List.of("127.2.0.0/24"), server), 256))
                .endsWith("127.2.0.253", "127.2.0.254", "127.2.0.254"); // to ...255 the JDK does not bind
        InetAddress six = InetAddress.ofLiteral("fd00::1");
        assertThat(addresses(Sources.of("--sources", List.of("fd00::ff00/120"), six), 2))
                .containsExactly("fd00:0:0:0:0:0:0:ff00", "fd00:0:0:0:0:0:0:ff80");
        assertThat(Sources.of("--sources", List.of(), six).address(0, 1)).isNull();
        for (String bad : List.of("127.1.0.0/33", "localhost", "127.0.0.1/", "fd00::1")) {
            assertThatThrownBy(() -> Sources.of("--sources", List.of(bad), server))
                    .isInstanceOf(CommandFailure.class)
                    .hasMessageContaining("--sources");
        }
    }

    private static List<String> addresses(Sources sources, int sockets) {
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < sockets; i++) {
            InetAddress address = sources.address(i, sockets);
            assertThat(address).isNotNull();
            addresses.add(String.valueOf(address).substring(1));
        }
        return addresses;
    }
}
