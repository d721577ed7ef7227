package io.evenkeel.ops.cli;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.OsProcess;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/** Who sits before the terminal: their editor, and their answers. */
interface Dialogue {
    /** Whether somebody can be asked. */
    boolean isThere();

    /** What they type to that; empty if they end their input. */
    String ask(String question);

    /**
     * Has them edit a file, and returns when they have left the editor.
     *
     * @throws CommandFailure if there is no editor, or it failed
     */
    void edit(Path file) throws CommandFailure, IOException, InterruptedException;

    /** The terminal of this process. */
    final class Terminal implements Dialogue {
        @Override
        @SuppressWarnings("SystemConsoleNull") // JDK 22 to 24 never gave null, JDK 25 does again
        public boolean isThere() {
            Console console = System.console();
            return console != null && console.isTerminal();
        }

        @Override
        @SuppressWarnings("SystemConsoleNull")
        public String ask(String question) {
            Console console = System.console();
            String typed = console == null ? null : console.readLine("%s ", question);
            return typed == null ? "" : typed.strip();
        }

        @Override
        public void edit(Path file) throws CommandFailure, IOException, InterruptedException {
            String editor = editor(System.getenv(), OsProcess::onPath);
            // The shell reads it, since it may have options, as in `code --wait`.
            int code = new ProcessBuilder("sh", "-c", editor + " \"$1\"", "sh", file.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (code != 0) {
                throw CommandFailure.failed("the editor %s ended with code %d".formatted(editor, code));
            }
        }

        /**
         * The editor that these variables name.
         *
         * @param onPath whether there is such a program
         * @throws CommandFailure if they name none and there is no {@code vi}
         */
        static String editor(Map<String, String> environment, Predicate<String> onPath) throws CommandFailure {
            for (String variable : new String[] {"VISUAL", "EDITOR"}) {
                String named = environment.getOrDefault(variable, "");
                if (!named.isBlank()) {
                    return named;
                }
            }
            if (onPath.test("vi")) {
                return "vi";
            }
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "there is no editor: name one in $VISUAL or $EDITOR, as in EDITOR=nano, or install vi");
        }
    }
}
