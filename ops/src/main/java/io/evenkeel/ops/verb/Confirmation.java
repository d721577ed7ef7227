package io.evenkeel.ops.verb;

import java.io.Console;
import picocli.CommandLine.Option;

/** The question before something that is not easily taken back; {@code --yes} answers it. */
public final class Confirmation {
    @Option(names = "--yes", description = "Do not ask; for scripts.")
    private boolean yes;

    /**
     * Returns if it is meant: by {@code --yes}, or since the answer typed at the terminal is the one wanted.
     *
     * @param what would be done and what of it, for who has no terminal
     * @param question for who has one, without what is to be typed
     * @param wanted what is to be typed
     * @throws CommandFailure if it is not confirmed, or nobody is there to ask; nothing was done
     */
    @SuppressWarnings("SystemConsoleNull") // JDK 22 to 24 never gave null, JDK 25 does again
    public void require(String what, String question, String wanted) throws CommandFailure {
        if (yes) {
            return;
        }
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new CommandFailure(CommandFailure.USAGE, what + "; give --yes if that is meant");
        }
        String typed = console.readLine("%s Type %s to go on: ", question, wanted);
        if (!wanted.equals(typed == null ? "" : typed.strip())) {
            throw CommandFailure.failed("not confirmed, nothing is changed");
        }
    }
}
