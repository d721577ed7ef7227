package io.evenkeel.ops.verb;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A verb that is a class of its own; the call gives its exit code. */
public abstract class Verb implements Callable<Integer> {
    /** Where it says what happened. */
    @Mixin
    protected Output output = new Output();
}
