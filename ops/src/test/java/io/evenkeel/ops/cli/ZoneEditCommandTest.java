package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.evenkeel.ops.Cli;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import picocli.CommandLine;

/** A zone in an editor, which here is what each test says that a person does. */
@ResourceLock(CannedNodeTest.MASTER_FILES)
class ZoneEditCommandTest extends CannedNodeTest {
    private static final String ZONE = "/api/v1/servers/localhost/zones/example.org.";
    private static final String PUT = "PUT /api/v1/evenkeel/zones/example.org.?name=edited.zone";

    private static final String SERVED = """
            example.org.\t300\tIN\tSOA\tns.example.org. h.example.org. 5 3600 600 86400 60
            example.org.\t300\tIN\tNS\tns.example.org.
            ns.example.org.\t300\tIN\tA\t192.0.2.1
            """;

    private static String adds(String text) {
        return text + "w A 192.0.2.7\n";
    }

    private static String breaks(String text) {
        return text + "x A 1\n";
    }

    /** Does the next edit each time, and gives the next answer. */
    private static final class Scripted implements Dialogue {
        final Deque<UnaryOperator<String>> edits = new ArrayDeque<>();
        final Deque<String> answers = new ArrayDeque<>();
        final List<String> questions = new ArrayList<>();
        final List<Path> files = new ArrayList<>();
        boolean fails;

        @Override
        public boolean isThere() {
            return !answers.isEmpty();
        }

        @Override
        public String ask(String question) {
            questions.add(question);
            return answers.removeFirst();
        }

        @Override
        public void edit(Path file) throws CommandFailure, IOException {
            files.add(file);
            Files.writeString(file, edits.removeFirst().apply(Files.readString(file)));
            if (fails) {
                throw CommandFailure.failed("the editor ed ended with code 3");
            }
        }
    }

    private final Scripted person = new Scripted();

    private Cli edit(Object... further) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(new ZoneEditCommand(person));
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        line.setExecutionExceptionHandler((e, _, _) -> {
            if (e instanceof CommandFailure failure) {
                err.append(failure.getMessage());
                return failure.exitCode();
            }
            throw e;
        });
        Object[] words =
                Stream.concat(Stream.of("example.org"), Stream.of(further)).toArray();
        String[] args = Stream.of(node.arguments(words)).map(Object::toString).toArray(String[]::new);
        int code = line.execute(args);
        return new Cli(code, out.toString().strip(), err.toString().strip());
    }

    private void serves(int status, String answer) {
        node.can("GET " + ZONE + "?rrsets=false", 200, "{\"serial\":5,\"dnssec\":false}");
        node.can("GET " + ZONE + "?rrsets=false", 200, "{\"serial\":6,\"dnssec\":false}");
        node.can("GET " + ZONE + "/export", 200, SERVED, Map.of("ETag", "\"3-9\""));
        node.can(PUT, status, answer);
    }

    private String sent() {
        return node.requests().stream()
                .filter(request -> request.startsWith("PUT "))
                .reduce((_, last) -> last)
                .orElse("");
    }

    private boolean nothingIsLeft() {
        return person.files.stream().noneMatch(file -> Files.exists(file.resolveSibling("served.zone")));
    }

    @Test
    void whatWasTypedIsComparedAndCommittedOnceThatIsConfirmed() throws IOException {
        serves(200, "{\"serial\":6}");
        person.edits.add(ZoneEditCommandTest::adds);
        person.answers.add("y");
        Cli said = edit();
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out().lines().toList().subList(0, 2))
                .containsExactly(
                        "+ w.example.org. 300 A 192.0.2.7", "example.org.: + 1, - 0, ~ 0 RRsets; serial 5 -> 6");
        assertThat(said.out().lines().toList().getLast()).startsWith("committed; serial 6, served by ");
        assertThat(sent()).startsWith(PUT + " if \"3-9\"").contains("w.example.org. 300 IN A \\# 4 c0000207");
        assertThat(nothingIsLeft()).isTrue();
    }

    @Test
    void onlyItsUserMayReadTheText() throws IOException {
        serves(200, "{\"serial\":6}");
        List<String> seen = new ArrayList<>();
        person.edits.add(text -> {
            seen.add(text);
            try {
                seen.add(Files.getPosixFilePermissions(person.files.getFirst().getParent())
                        .toString());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return text;
        });
        Cli said = edit("--yes");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out()).isEqualTo("nothing to change in example.org.; serial 5");
        assertThat(seen.getFirst()).startsWith("; example.org. as ").endsWith(SERVED);
        assertThat(seen.getLast()).doesNotContain("GROUP", "OTHERS");
        assertThat(sent()).isEmpty();
        assertThat(nothingIsLeft()).isTrue();
    }

    @Test
    void aFaultyTextIsToldAndEditedAgain() {
        serves(200, "{\"serial\":6}");
        person.edits.addAll(List.<UnaryOperator<String>>of(
                ZoneEditCommandTest::breaks,
                text -> text.replace("x A 1\n", "x A 192.0.2.9\n"),
                ZoneEditCommandTest::adds));
        person.answers.addAll(List.of("", "e", "y"));
        Cli said = edit();
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out()).contains(":6: error: ").contains("+ x.example.org. 300 A 192.0.2.9");
        assertThat(person.questions).hasSize(3);
        assertThat(sent()).contains("x.example.org.").contains("w.example.org.");
        assertThat(nothingIsLeft()).isTrue();
    }

    @Test
    void whoGivesUpKeepsTheText() throws IOException {
        serves(200, "{\"serial\":6}");
        for (String answer : List.of("n", "N", "")) {
            boolean faulty = answer.equals("n");
            person.edits.add(faulty ? ZoneEditCommandTest::breaks : ZoneEditCommandTest::adds);
            person.answers.add(answer);
            Cli said = edit();
            assertThat(said.code()).as("%s", said).isEqualTo(1);
            Path kept = person.files.getLast();
            assertThat(said.err())
                    .contains(faulty ? "given up, nothing is changed" : "not confirmed, nothing is changed")
                    .endsWith("; your text is in " + kept);
            assertThat(Files.readString(kept)).contains(faulty ? "x A 1\n" : "w A 192.0.2.7\n");
            discard(kept);
        }
        assertThat(sent()).isEmpty();
    }

    private static void discard(Path kept) throws IOException {
        Files.delete(kept);
        Files.delete(kept.resolveSibling("served.zone"));
        Files.delete(kept.getParent());
    }

    @Test
    void aZoneThatSomebodyElseHasChangedMeanwhileStaysAsItIs() throws IOException {
        serves(412, "{\"error\":\"it is at another version\"}");
        person.edits.add(ZoneEditCommandTest::adds);
        Cli said = edit("--yes");
        assertThat(said.code()).as("%s", said).isEqualTo(1);
        assertThat(said.err())
                .contains("was changed by somebody else")
                .contains("zone diff FILE")
                .endsWith("; your text is in " + person.files.getFirst());
        discard(person.files.getFirst());
    }

    @Test
    void whatTheNodeDoesNotTakeIsKept() throws IOException {
        serves(503, "{\"error\":\"not done: no majority\"}");
        person.edits.add(ZoneEditCommandTest::adds);
        Cli said = edit("--yes");
        assertThat(said.code()).as("%s", said).isEqualTo(6);
        assertThat(said.err()).contains("no majority").endsWith("; your text is in " + person.files.getFirst());
        discard(person.files.getFirst());
    }

    @Test
    void aFailedEditorLeavesNothingIfNothingWasTyped() throws IOException {
        serves(200, "{\"serial\":6}");
        person.fails = true;
        person.edits.add(UnaryOperator.identity());
        Cli said = edit("--yes");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).endsWith("the editor ed ended with code 3");
        assertThat(nothingIsLeft()).isTrue();
        person.edits.add(ZoneEditCommandTest::adds);
        assertThat(edit("--yes").err()).endsWith("; your text is in " + person.files.getLast());
        discard(person.files.getLast());
    }

    @Test
    void withoutATerminalAndSignedZonesAreRefusedBeforeAnythingIsTyped() {
        serves(200, "{\"serial\":6}");
        Cli said = edit();
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("there is no terminal").contains("--yes");
        assertThat(node.requests()).isEmpty();
        node.forget("GET " + ZONE + "?rrsets=false");
        node.can("GET " + ZONE + "?rrsets=false", 200, "{\"serial\":5,\"dnssec\":true}");
        Cli signed = edit("--yes");
        assertThat(signed.code()).isEqualTo(1);
        assertThat(signed.err()).contains("example.org. is signed").contains("export it");
        assertThat(person.files).isEmpty();
    }

    @Test
    void withoutAVersionNothingIsEdited() {
        node.can("GET " + ZONE + "?rrsets=false", 200, "{\"serial\":5,\"dnssec\":false}");
        node.can("GET " + ZONE + "/export", 200, SERVED);
        Cli said = edit("--yes");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).contains("no ETag");
        assertThat(person.files).isEmpty();
    }

    @Test
    void programsGetOneValue() {
        serves(200, "{\"serial\":6}");
        person.edits.add(text -> adds(text).replace(" 5 3600", " 4 3600"));
        Cli said = edit("--yes", "--output", "json");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out())
                .startsWith("{\"added\":1")
                .contains("\"serial\":6")
                .endsWith("\"warnings\":[\"serial 4 ignored: not newer than 5\"]}");
        assertThat(said.err()).contains("+ w.example.org. 300 A 192.0.2.7");
    }

    @Test
    void theEditorIsTheOneThatTheEnvironmentNames() throws CommandFailure {
        Map<String, String> both = Map.of("VISUAL", "code --wait", "EDITOR", "ed");
        assertThat(Dialogue.Terminal.editor(both, _ -> true)).isEqualTo("code --wait");
        assertThat(Dialogue.Terminal.editor(Map.of("VISUAL", " ", "EDITOR", "ed"), _ -> true))
                .isEqualTo("ed");
        assertThat(Dialogue.Terminal.editor(Map.of(), "vi"::equals)).isEqualTo("vi");
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> Dialogue.Terminal.editor(Map.of(), _ -> false))
                .withMessageContaining("$VISUAL or $EDITOR");
    }

    @Test
    void whatTakesMostOfAZoneIsRefusedUnlessItIsForced() {
        serves(409, "{\"error\":\"takes all: say so with --force\"}");
        node.can(PUT + "&force=true", 200, "{\"serial\":6}");
        person.edits.add(ZoneEditCommandTest::adds);
        Cli refused = edit("--yes");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("--force (127.0.0.1:", "; your text is in ");
        person.edits.add(ZoneEditCommandTest::adds);
        node.forget("GET " + ZONE + "?rrsets=false");
        node.can("GET " + ZONE + "?rrsets=false", 200, "{\"serial\":5,\"dnssec\":false}");
        assertThat(edit("--yes", "--force").code()).isZero();
    }
}
