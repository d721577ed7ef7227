package io.evenkeel.ops.verb;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A word before verbs, which does nothing by itself: the call asks which of them is meant. */
public abstract class VerbGroup implements Runnable {
    private final String subject;

    @Spec
    private @Nullable CommandSpec spec;

    /** @param subject of its verbs, as in "a zone" */
    protected VerbGroup(String subject) {
        this.subject = subject;
    }

    @Override
    public final void run() {
        throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "do what with " + subject + "?");
    }
}
