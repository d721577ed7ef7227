package io.evenkeel.bench.differential;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server of somebody else's, started in the foreground and ended by its handle, also when this program is interrupted. */
final class PeerProcess implements Server {
    private static final int STOP_SECONDS = 10;

    private final String name;
    private final int port;
    private final Path log;
    private final Process process;
    private final Thread hook;

    private PeerProcess(String name, int port, Path log, Process process) {
        this.name = name;
        this.port = port;
        this.log = log;
        this.process = process;
        hook = new Thread(process::destroy, "stop-" + name);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    static PeerProcess start(String name, int port, Path folder, List<String> command) throws IOException {
        Path log = folder.resolve(name + ".log");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        process.getOutputStream().close();
        return new PeerProcess(name, port, log, process);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String log() {
        return log.toString();
    }

    @Override
    public void checkAlive() throws IOException {
        if (!process.isAlive()) {
            throw new IOException("%s ended with code %d: see %s".formatted(name, process.exitValue(), log));
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
