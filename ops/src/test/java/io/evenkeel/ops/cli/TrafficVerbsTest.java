package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.Cli;
import org.junit.jupiter.api.Test;

/** The verbs that look at traffic, against a node of canned answers. */
class TrafficVerbsTest extends CannedNodeTest {
    private static final String TOP = "GET /api/v1/evenkeel/top?seconds=60&rows=10";
    private static final String CAPTURE = "/api/v1/evenkeel/capture";

    private static final String SHOWN = """
            {"node":"n1","spanSeconds":34.2,"questions":12345678,"estimate":true,"samples":2048,"leastOneOf":64,"mostOneOf":1024,\
            "plusMinusShare":0.022,"clientAddresses":"full",\
            "names":[{"key":"%s.example.","questions":6000000,"error":40000}],"types":[{"key":"A","questions":12345678,"error":0}],\
            "clients":[{"key":"2001:db8:1234:5678:9abc:def0:1234:5678","questions":12345678,"error":0}],\
            "rcodes":[{"key":"NOERROR","questions":12345678,"error":0}]}""".formatted("x".repeat(63));

    private static final String RUNNING = """
            {"node":"n1","running":true,"file":"/data/captures/n1.dnstap","filter":"all names, all clients","by":"local-api-key",\
            "begun":"2030-01-01T00:00:00Z","seconds":3.5,"mostSeconds":60,"bytes":1048576,"mostBytes":67108864,"messages":7000,"lost":3}""";

    @Test
    void topSaysHowMuchOfItIsEstimatedAndFitsATerminal() {
        node.can(TOP, 200, SHOWN);
        Cli said = node.onTerminal("top");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("about 12,345,678 questions in 34 s")
                .contains("estimates by 2,048 samples, 1 of 64 to 1024: a share may be off by 2.2 points")
                .contains(
                        "x".repeat(63) + ".example.",
                        "48.6 %",
                        "-40000",
                        "2001:db8:1234:5678:9abc:def0:1234:5678",
                        "NOERROR");
        assertThat(said.out().lines())
                .allSatisfy(line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(80));
    }

    @Test
    void topWithoutClientsSaysWhy() {
        node.can(TOP, 200, SHOWN.replaceAll("\"clients\":\\[[^]]*],", "").replace("full", "none"));
        assertThat(node.run("top").out()).contains("privacy.client-addresses").doesNotContain("CLIENT ");
    }

    @Test
    void topOfANodeThatDoesNotAnswerFails() {
        node.can(TOP, 503, "{\"error\":\"starting\"}");
        Cli said = node.run("top");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.out()).contains("starting");
    }

    @Test
    void captureIsAskedForWithItsBounds() {
        node.can("POST " + CAPTURE, 201, RUNNING);
        Cli said = node.run("capture", "start", "--seconds", "30", "--size", "2", "--client", "192.0.2.0/24");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).contains("n1 writes all names, all clients to /data/captures/n1.dnstap");
        assertThat(node.requests().getFirst())
                .contains("\"seconds\":30", "\"bytes\":2097152", "\"client\":\"192.0.2.0/24\"")
                .doesNotContain("\"name\"");
    }

    @Test
    void captureThatIsRefusedFailsWithTheReason() {
        node.can("POST " + CAPTURE, 409, "{\"error\":\"a capture goes on already\"}");
        Cli said = node.run("capture", "start");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).contains("goes on already");
    }

    @Test
    void statusTellsHowFarItIsAndWhatWasLost() {
        node.can("GET " + CAPTURE, 200, RUNNING);
        assertThat(node.run("capture", "status").out())
                .contains("running, 4 of 60 s", "7,000 messages, 1.0 MiB, 3 lost", "/data/captures/n1.dnstap");
    }

    @Test
    void stopThatDoesNotEndItFails() {
        node.can("DELETE " + CAPTURE, 200, RUNNING);
        Cli said = node.run("capture", "stop");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).contains("does not end", "/data/captures/n1.dnstap");
    }

    @Test
    void stopTellsWhatIsInTheFile() {
        node.can(
                "DELETE " + CAPTURE,
                200,
                RUNNING.replace("true", "false").replace("\"lost\":3", "\"lost\":3,\"ended\":\"it was told to\""));
        assertThat(node.run("capture", "stop").out()).contains("(it was told to)", "7,000 messages");
    }
}
