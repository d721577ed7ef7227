package io.evenkeel.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.fleet.QuestionPattern;
import io.evenkeel.ops.fleet.Responder;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
    /** Long enough that an answer on a busy machine is never taken for lost. */
    private static final String PATIENT = "20000";

    private static JsonNode bench(Responder server, Object... options) throws IOException {
        List<Object> args = new ArrayList<>(List.of("bench", server.address(), "--output", "json"));
        args.addAll(List.of(options));
        Cli said = Cli.run(args.toArray());
        assertThat(said.code()).as(said.out() + said.err()).isZero();
        return Json.MAPPER.readTree(said.out());
    }

    private static List<byte[]> answer(byte[] question) {
        return List.of(Responder.respond(question, 0));
    }

    @Test
    void everyQuestionOfTheFileIsAskedInTurnAndCountedByItsRcode(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("q"), "; two\n\nwww.example.org A\nnx.example.org. TYPE65\n");
        Set<String> asked = ConcurrentHashMap.newKeySet();
        try (Responder server = new Responder((number, question) -> {
            String label = Responder.label(question);
            int type = question[question.length - 14]; // before class and an OPT record of 11 octets
            asked.add(label + " " + type + (question[11] == 1 ? " EDNS" : ""));
            return List.of(Responder.respond(question, label.equals("nx") ? 3 : 0));
        })) {
            JsonNode said = bench(server, "--questions", file, "--count", 100, "--seconds", 60, "--timeout", PATIENT);
            assertThat(asked).containsExactlyInAnyOrder("www 1 EDNS", "nx 65 EDNS");
            assertThat(said.path("answers").asLong()).isEqualTo(100);
            assertThat(said.path("lost").asLong()).isZero();
            assertThat(said.path("rcodes").toString()).isEqualTo("{\"NOERROR\":50,\"NXDOMAIN\":50}");
            assertThat(said.at("/latencyMicros/p50").asDouble())
                    .isPositive()
                    .isLessThanOrEqualTo(said.at("/latencyMicros/max").asDouble());
            assertThat(server.questions()).isEqualTo(100);
        }
    }

    @Test
    void digitsOfChanceAreNewForEachQuestionAndTheSameForOneSeed() throws IOException {
        List<String> asked = Collections.synchronizedList(new ArrayList<>());
        try (Responder server = new Responder((number, question) -> {
            asked.add(Responder.label(question));
            return answer(question);
        })) {
            for (int i = 0; i < 2; i++) {
                bench(
                        server,
                        "--names",
                        "a-########.b",
                        "--count",
                        20,
                        "--seed",
                        5,
                        "--sockets",
                        1,
                        "--outstanding",
                        1,
                        "--timeout",
                        PATIENT);
            }
        }
        assertThat(asked).hasSize(40).allMatch(label -> label.matches("a-\\d{8}"));
        assertThat(asked.subList(0, 20)).doesNotHaveDuplicates().isEqualTo(asked.subList(20, 40));
    }

    @Test
    void answersThatComeTooLateOrNotAtAllAreLost() throws IOException {
        List<byte[]> held = new ArrayList<>();
        try (Responder server = new Responder((number, question) -> {
            if (number == 0) { // sent when its client has given it up and asked the next one
                held.addAll(answer(question));
                return List.of();
            }
            if (number == 1) {
                List<byte[]> both = new ArrayList<>(held);
                both.addAll(answer(question));
                return both;
            }
            return number == 2 ? List.of() : answer(question);
        })) {
            JsonNode said =
                    bench(server, "--names", "a", "--count", 5, "--sockets", 1, "--outstanding", 1, "--timeout", 500);
            assertThat(said.path("sent").asLong()).isEqualTo(5);
            assertThat(said.path("answers").asLong()).isEqualTo(3);
            assertThat(said.path("lost").asLong()).isEqualTo(2);
            assertThat(said.path("late").asLong()).isEqualTo(1);
        }
    }

    @Test
    void whatAnswersNoQuestionIsUnexpectedAndAnswersNone() throws IOException {
        try (Responder server = new Responder((_, question) -> Responder.oneRightAmongSix(question))) {
            JsonNode said = bench(
                    server, "--names", "a", "--count", 10, "--sockets", 1, "--outstanding", 1, "--timeout", PATIENT);
            assertThat(said.path("answers").asLong()).isEqualTo(10);
            assertThat(said.path("lost").asLong()).isZero();
            // what follows the last answer may or may not have arrived at the end
            assertThat(said.path("unexpected").asLong()).isIn(49L, 50L);
        }
    }

    @Test
    void withARateLatencyCountsFromTheTimeThatAQuestionIsDue() throws IOException {
        int questions = 40;
        List<byte[]> held = new ArrayList<>();
        try (Responder server = new Responder((number, question) -> {
            held.addAll(answer(question)); // a server that stalls until all have been asked, 195 ms
            return number + 1 < questions ? List.of() : List.copyOf(held);
        })) {
            JsonNode said = bench(
                    server, "--names", "a", "--count", questions, "--rate", 200, "--sockets", 1, "--timeout", PATIENT);
            assertThat(said.path("answers").asLong()).isEqualTo(questions);
            assertThat(said.path("seconds").asDouble()).isGreaterThanOrEqualTo(0.195);
            assertThat(said.path("rate").asLong()).isLessThanOrEqualTo(questions * 1000 / 195);
            assertThat(said.at("/latencyMicros/max").asDouble()).isGreaterThanOrEqualTo(194_000);
            assertThat(said.at("/latencyMicros/p50").asDouble()).isGreaterThanOrEqualTo(95_000);
        }
    }

    @Test
    void aRunThatIsStoppedHasWhatCameUntilThen() throws Exception {
        CompletableFuture<BenchRun> asking = new CompletableFuture<>();
        try (Responder server = new Responder((number, question) -> {
            if (number == 9) {
                asking.join().stop();
            }
            return answer(question);
        })) {
            BenchRun run = new BenchRun(
                    new BenchRun.Plan(
                            ServerAddress.parse(server.address()),
                            false,
                            1,
                            1,
                            0,
                            0,
                            600,
                            0,
                            Long.parseLong(PATIENT) * 1_000_000),
                    BenchQuestions.random("a", "A", QuestionPattern.Edns.NONE, 1));
            asking.complete(run);
            assertThat(run.run()).containsEntry("answers", 10L).containsKey("latencyMicros");
        }
    }

    @Test
    void tcpPipelinesOnAsManyConnectionsAsAskedFor() throws IOException {
        try (Responder server = new Responder((number, question) -> answer(question))) {
            JsonNode said =
                    bench(server, "--names", "a-####", "--count", 1000, "--tcp", "--sockets", 3, "--timeout", PATIENT);
            assertThat(said.path("answers").asLong()).isEqualTo(1000);
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    @Test
    void tcpConnectionsAreClosedAfterTheirNumberOfQuestions() throws IOException {
        try (Responder server = new Responder((number, question) -> answer(question))) {
            JsonNode said = bench(
                    server,
                    "--names",
                    "a",
                    "--count",
                    60,
                    "--tcp",
                    "--questions-per-connection",
                    2,
                    "--sockets",
                    1,
                    "--timeout",
                    PATIENT);
            assertThat(said.path("answers").asLong()).isEqualTo(60);
            assertThat(server.connections()).isEqualTo(30);
        }
    }

    @Test
    void questionsOnABrokenConnectionAreLostAndTheNextOnesGoOn() throws IOException {
        try (Responder server = new Responder((number, question) -> answer(question), 5)) {
            JsonNode said = bench(
                    server,
                    "--names",
                    "a",
                    "--count",
                    20,
                    "--tcp",
                    "--sockets",
                    1,
                    "--outstanding",
                    1,
                    "--timeout",
                    PATIENT);
            assertThat(said.path("answers").asLong()).isEqualTo(16);
            assertThat(said.path("lost").asLong()).isEqualTo(4);
            assertThat(said.path("broken").asLong()).isEqualTo(4);
        }
    }

    @Test
    void textSaysWhatIsWorthSaying() throws IOException {
        try (Responder server = new Responder((number, question) -> answer(question))) {
            Cli said = Cli.run("bench", server.address(), "--names", "a", "--count", 10, "--timeout", PATIENT);
            assertThat(said.out())
                    .contains("answers  10 of 10 in ")
                    .contains("NOERROR 10")
                    .contains("latency  p50 ")
                    .doesNotContain("lost")
                    .doesNotContain("unexpected");
        }
    }

    @Test
    void aServerThatIsNotThereIsNamed() throws IOException {
        Responder server = new Responder((number, question) -> List.of());
        server.close();
        for (List<String> transport : List.of(List.of("--sockets", "1"), List.of("--tcp"))) {
            List<Object> args = new ArrayList<>(List.of("bench", server.address(), "--names", "a", "--seconds", 20));
            args.addAll(transport);
            Cli said = Cli.run(args.toArray());
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err()).contains(server.address() + " refuses: nothing listens there");
        }
        try (Responder silent = new Responder((number, question) -> List.of())) {
            Cli said = Cli.run("bench", silent.address(), "--names", "a", "--count", 3, "--timeout", 50);
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err()).contains("no answer from " + silent.address() + " to any of 3 questions");
        }
    }

    @Test
    void serversOfStrangersAreNotAskedByATypo() {
        for (String public_ :
                List.of("198.51.100.1", "198.51.100.1:5300", "[2001:db8::1]:53", "2001:db8::1", "172.32.0.1")) {
            Cli said = Cli.run("bench", public_, "--names", "a", "--count", 1);
            assertThat(said.code()).as(public_).isEqualTo(2);
            assertThat(said.err()).as(public_).contains("neither on this machine nor in a private network");
        }
        for (String none : List.of("0.0.0.0", "224.0.0.251:53", "[::]:53")) {
            Cli said = Cli.run("bench", none, "--names", "a", "--count", 1, "--allow-public");
            assertThat(said.code()).as(none).isEqualTo(2);
            assertThat(said.err()).as(none).contains("is not the address of one server");
        }
    }

    @Test
    void badUsageNamesTheOptionAndItsBounds(@TempDir Path folder) throws IOException {
        Path bad = Files.writeString(folder.resolve("bad"), "www.example.org A\nwww.example.org NONSENSE\n");
        Path words = Files.writeString(folder.resolve("words"), "www.example.org\n");
        Path empty = Files.writeString(folder.resolve("empty"), ";\n");
        assertUsage("bad:2: there is no type NONSENSE", "--questions", bad);
        assertUsage("words:1: wants a name and a type", "--questions", words);
        assertUsage("holds no question", "--questions", empty);
        assertUsage("--names: ", "--names", "a..b");
        assertUsage("there is no type XYZZY", "--names", "a", "--type", "XYZZY");
        assertUsage("--rate wants 0 to 10000000, not -1", "--names", "a", "--rate", "-1");
        assertUsage("--seconds wants 0.01 to 3600, not 0", "--names", "a", "--seconds", "0");
        assertUsage("--outstanding wants 1 to 262144, not 0", "--names", "a", "--outstanding", "0");
        assertUsage("--sockets wants 1 to 64", "--names", "a", "--sockets", "65");
        assertUsage("--edns wants 512 to 65535, not 100", "--names", "a", "--edns", "100");
        assertUsage("--dnssec needs EDNS", "--names", "a", "--edns", "0", "--dnssec");
        assertUsage("is for --tcp", "--names", "a", "--questions-per-connection", "1");
        assertThat(Cli.run("bench", "127.0.0.1:99999", "--names", "a").err()).contains("wants ADDRESS");
        assertThat(Cli.run("bench", "127.0.0.1", "--questions", folder.resolve("none"))
                        .err())
                .contains("no such file");
    }

    private static void assertUsage(String message, Object... options) {
        List<Object> args = new ArrayList<>(List.of("bench", "127.0.0.1:9"));
        args.addAll(List.of(options));
        Cli said = Cli.run(args.toArray());
        assertThat(said.code()).as(message).isEqualTo(2);
        assertThat(said.err()).contains(message);
    }
}
