package io.evenkeel.ops.drill;

/**
 * How much larger a run is than its scenario is written. How devices behave, and how soon something must be over, has no scale.
 *
 * @param times of all moments and durations in it
 * @param size of the number of devices, and of what nodes can do
 */
record Scale(double times, double size) {
    /** As it is written. */
    static final Scale NONE = new Scale(1, 1);
}
