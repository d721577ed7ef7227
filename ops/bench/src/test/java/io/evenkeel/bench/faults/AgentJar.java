package io.evenkeel.bench.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** Agents that tests load into the process of a node, from outside: nothing of the product knows of them. */
final class AgentJar {
    private AgentJar() {}

    /**
     * Makes one.
     *
     * @param agent with {@code agentmain}; it may retransform classes
     * @param nested the ends of the names of its nested classes, as in {@code $1}
     */
    static Path make(Path jar, Class<?> agent, String... nested) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Agent-Class", agent.getName());
        manifest.getMainAttributes().putValue("Can-Retransform-Classes", "true");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out, manifest)) {
            put(entries, agent, "");
            for (String name : nested) {
                put(entries, agent, name);
            }
        }
        return jar;
    }

    private static void put(JarOutputStream entries, Class<?> agent, String nested) throws IOException {
        String entry = agent.getName().replace('.', '/') + nested + ".class";
        entries.putNextEntry(new ZipEntry(entry));
        try (InputStream in = Objects.requireNonNull(agent.getResourceAsStream("/" + entry), entry)) {
            in.transferTo(entries);
        }
    }
}
