package io.evenkeel.server.config;

import io.evenkeel.consensus.process.AddressText;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A configuration as people read it: a line for each key, with the value in force. It holds no secret: files with keys are named, not read. */
public final class ConfigText {
    /** Keys, or the beginnings of keys, whose values are a node's own: its name, addresses, files, and the nodes that make backups. */
    private static final List<String> OWN = List.of(
            "node.",
            "cluster.key-file",
            "dns.listen",
            "dns.nsid",
            "dns.probe-address",
            "admin.listen",
            "health.listen",
            "log.file",
            "backup.");

    private ConfigText() {}

    /** In the order of {@code evenkeel.sample.yaml}. */
    public static String of(ServerConfig config) {
        StringBuilder text = new StringBuilder();
        append(text, "", config);
        return text.toString();
    }

    /** Without what is each node's own: the nodes of a cluster should have the same. */
    public static String ofCluster(ServerConfig config) {
        return of(config)
                .lines()
                .filter(line -> OWN.stream().noneMatch(line::startsWith))
                .collect(Collectors.joining("\n"));
    }

    private static void append(StringBuilder text, String key, @Nullable Object value) {
        if (value != null
                && value.getClass().isRecord()
                && value.getClass().getPackage() == ConfigText.class.getPackage()) {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                append(text, (key.isEmpty() ? "" : key + ".") + kebab(component.getName()), read(component, value));
            }
        } else if (value instanceof List<?> list && !list.isEmpty()) {
            for (int i = 0; i < list.size(); i++) {
                append(text, key + "[" + i + "]", list.get(i));
            }
        } else {
            text.append(key).append(": ").append(shown(value)).append('\n');
        }
    }

    private static @Nullable Object read(RecordComponent component, Object record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("a component of a record of this package", e);
        }
    }

    private static String shown(@Nullable Object value) {
        return switch (value) {
            case null -> "none";
            case InetSocketAddress address -> AddressText.show(address);
            default -> value.toString();
        };
    }

    private static String kebab(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
