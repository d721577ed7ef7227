package io.evenkeel.bench.faults;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.nio.file.Path;

/** Plants Errors in nodes by {@link ErrorAgent}: nothing of the product knows of it. */
final class ErrorPlanter {
    private final Path jar;

    /** Makes the agent. */
    ErrorPlanter(Path folder) throws IOException {
        jar = AgentJar.make(folder.resolve("errors.jar"), ErrorAgent.class, "$1", "$2");
    }

    /** An Error that waits for its thread in one process. */
    static final class Planted implements AutoCloseable {
        private final VirtualMachine node;

        private Planted(VirtualMachine node) {
            this.node = node;
        }

        boolean isThrown() throws IOException {
            return !state().equals("armed");
        }

        /** Whether the work goes on. */
        boolean goesOn() throws IOException {
            return state().startsWith("on ");
        }

        /** After how many milliseconds it did. */
        long millis() throws IOException {
            return Long.parseLong(state().substring("on ".length()));
        }

        private String state() throws IOException {
            return node.getSystemProperties().getProperty(ErrorAgent.STATE, "");
        }

        @Override
        public void close() throws IOException {
            node.detach();
        }
    }

    /**
     * Arms it.
     *
     * @param thread pattern of the name of its thread
     * @param throwing the method that throws it, as {@code class#method}
     * @param goesOn the method whose call on such a thread shows that the work goes on
     */
    Planted plant(long pid, String thread, String throwing, String goesOn) throws Exception {
        VirtualMachine node = VirtualMachine.attach(Long.toString(pid));
        try {
            node.loadAgent(jar.toString(), String.join("\t", thread, throwing, goesOn));
            return new Planted(node);
        } catch (Exception e) {
            node.detach();
            throw e;
        }
    }
}
