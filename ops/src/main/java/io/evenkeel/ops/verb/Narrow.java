package io.evenkeel.ops.verb;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Verbs without their neighbours: reading the options of all of them would take most of the time of a call. Where the words name no verb
 * of a group, all of the group is there, to be listed.
 */
public final class Narrow {
    private Narrow() {}

    /**
     * Adds a verb, or of a group the one that is named.
     *
     * @param verb annotated as a command
     * @param words that follow its name
     */
    public static void add(CommandLine above, String name, Class<?> verb, List<String> words) {
        Object below = words.isEmpty() ? null : below(verb, words.getFirst());
        if (below == null) {
            above.addSubcommand(name, verb);
            return;
        }
        CommandLine group =
                new CommandLine(CommandSpec.wrapWithoutInspection(made(verb)).name(name));
        above.addSubcommand(name, group);
        if (below instanceof Class<?> type) {
            add(group, words.getFirst(), type, words.subList(1, words.size()));
        } else {
            group.addSubcommand(words.getFirst(), below);
        }
    }

    /** The class or method of a verb that is below another; null if there is none of that name. Methods first: those are there already. */
    private static @Nullable Object below(Class<?> verb, String name) {
        for (Method method : CommandLine.getCommandMethods(verb, null)) {
            if (Objects.requireNonNull(method.getAnnotation(Command.class))
                    .name()
                    .equals(name)) {
                return method;
            }
        }
        for (Class<?> type : verb.getAnnotation(Command.class).subcommands()) {
            if (type.getAnnotation(Command.class).name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    private static Object made(Class<?> verb) {
        try {
            return CommandLine.defaultFactory().create(verb);
        } catch (Exception e) {
            throw new IllegalStateException("a fault of this program: " + verb + " cannot be made", e);
        }
    }
}
