package io.evenkeel.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.fleet.Responder;
import io.evenkeel.ops.verb.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CrowdCommandTest {
    private static List<byte[]> answer(byte[] question) {
        return List.of(Responder.respond(question, 0));
    }

    private static Cli crowd(String server, Object... options) {
        List<Object> args = new ArrayList<>(List.of("crowd", server));
        args.addAll(List.of(options));
        return Cli.run(args.toArray());
    }

    /** Ten devices that no stall of this machine makes ask twice, as JSON. */
    private static Cli patient(double seconds, String... servers) {
        List<Object> args = new ArrayList<>(List.of("crowd"));
        args.addAll(List.of(servers));
        args.addAll(List.of("--devices", 10, "--names", "d-##", "--pause", "100ms", "--timeout", "20s"));
        args.addAll(List.of("--seconds", seconds, "--output", "json"));
        return Cli.run(args.toArray());
    }

    @Test
    void jsonIsALineASecondAndOneOfTheWhole() throws Exception {
        try (Responder server = new Responder((number, question) -> answer(question))) {
            Cli said = patient(2.5, server.address());
            List<String> lines = said.out().lines().toList();
            assertThat(lines).hasSizeGreaterThanOrEqualTo(3); // a machine that stalls may see another second end
            JsonNode second = Json.MAPPER.readTree(lines.get(1));
            assertThat(second.path("seconds").asInt()).isEqualTo(2);
            assertThat(second.path("answers").asLong()).isPositive();
            assertThat(second.at("/lagMillis/p99").asDouble()).isPositive();
            JsonNode total = Json.MAPPER.readTree(lines.getLast());
            assertThat(total.path("devices").asInt()).isEqualTo(10);
            assertThat(total.path("timeoutMillis").asInt()).isEqualTo(20_000);
            assertThat(total.at("/rcodes/NOERROR").asLong())
                    .isEqualTo(total.path("answers").asLong());
            assertThat(total.path("valid").asBoolean()).isEqualTo(said.code() == 0);
        }
    }

    @Test
    void devicesAreSpreadOverSeveralServers() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (Responder one = new Responder((number, question) -> answer(question));
                Responder other = new Responder((number, question) -> {
                    asked.incrementAndGet();
                    return answer(question);
                })) {
            Cli said = patient(1.1, one.address(), other.address());
            JsonNode total = Json.MAPPER.readTree(said.out().lines().toList().getLast());
            assertThat(total.path("servers").size()).isEqualTo(2);
            assertThat((double) asked.get() / total.path("sent").asLong()).isBetween(0.3, 0.7);
        }
        assertThat(crowd("127.0.0.1:5301", "[::1]:5301", "--devices", 1, "--names", "d")
                        .err())
                .contains("over IPv4 or over IPv6");
    }

    @Test
    void textHasAHeadingAndASummary() throws Exception {
        try (Responder server = new Responder((number, question) -> answer(question))) {
            Cli said = crowd(server.address(), "--devices", 10, "--names", "d", "--pause", "100ms", "--seconds", 1.1);
            assertThat(said.out())
                    .contains("retries")
                    .contains("answered  ")
                    .contains("NOERROR ")
                    .containsPattern("lag +p99 ");
        }
    }

    @Test
    void onlyThisMachineAndPrivateNetworksAreAsked() {
        for (String stranger : List.of("198.51.100.1", "[2001:db8::1]:53", "172.32.0.1")) {
            Cli said = crowd(stranger, "--devices", 1, "--names", "a");
            assertThat(said.code()).as(stranger).isEqualTo(2);
            assertThat(said.err()).as(stranger).contains("neither on this machine nor in a private network");
        }
        assertThat(crowd("198.51.100.1", "--devices", 1, "--names", "a", "--allow-public")
                        .code())
                .isEqualTo(2);
    }

    @Test
    void badUsageNamesTheOptionAndItsBounds() {
        assertUsage("--devices wants 1 to 200000, not 0", "--devices", 0);
        assertUsage("--devices wants 1 to 200000, not 200001", "--devices", 200_001);
        assertUsage("--sockets wants 1 to 16384, not 0", "--sockets", 0);
        assertUsage("no more than 1024 may share one", "--devices", 1025, "--sockets", 1);
        assertUsage("--seconds wants 0.01 to 7200, not 0", "--seconds", 0);
        assertUsage("--timeout wants 10ms to 60s, not 9ms", "--timeout", "9ms");
        assertUsage("--pause wants 10ms to 3600s, not 7200s", "--pause", "120m");
        assertUsage("as in 500ms, 10s, 5m or 2h, not 10", "--pause", "10");
        assertUsage("--names: ", "--names", "a..b");
        assertUsage("there is no type XYZZY", "--type", "XYZZY");
        assertUsage("--sources wants addresses or networks", "--sources", "127.0.0.2,nonsense");
        assertUsage("one is IPv4, the other IPv6", "--sources", "fd00::/64");
    }

    private static void assertUsage(String message, Object... options) {
        List<Object> all = new ArrayList<>(List.of(options));
        if (!all.contains("--devices")) {
            all.addAll(List.of("--devices", 1));
        }
        if (!all.contains("--names")) {
            all.addAll(List.of("--names", "a"));
        }
        Cli said = crowd("127.0.0.1:9", all.toArray());
        assertThat(said.code()).as(message).isEqualTo(2);
        assertThat(said.err()).contains(message);
    }

    @Test
    void anAddressThatThisMachineHasNotIsNamed() {
        Cli said = crowd("127.0.0.1:9", "--devices", 1, "--names", "a", "--sources", "192.0.2.1");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).contains("cannot ask from 192.0.2.1").contains("sources");
    }
}
