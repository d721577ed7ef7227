package io.evenkeel.ops.cli;

import io.evenkeel.ops.verb.CommandFailure;
import org.jspecify.annotations.Nullable;

/** How many {@code --last} asks for. */
final class Last {
    private static final int USUAL = 50;

    private Last() {}

    /**
     * That number, or what is usual without the option.
     *
     * @param since whether another option says where they begin: then all that follow are wanted
     * @param most that a node gives in one answer
     * @throws CommandFailure a usage error, if it is no such number
     */
    static int of(@Nullable Integer last, boolean since, int most) throws CommandFailure {
        int limit = last != null ? last : since ? most : USUAL;
        if (limit < 1 || limit > most) {
            throw new CommandFailure(CommandFailure.USAGE, "--last wants 1 to " + most + ", not " + limit);
        }
        return limit;
    }
}
