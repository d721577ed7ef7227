package io.evenkeel.ops.verb;

/** Bounds of what other programs are listened to for, each with its reason. */
public final class VerbLimits {
    /** What is read of the output of another program to find what it said last. */
    public static final int OUTPUT_BYTES = 16 << 10;
    /** What is told of an image build that failed. */
    public static final int OUTPUT_LINES = 30;

    private VerbLimits() {}
}
