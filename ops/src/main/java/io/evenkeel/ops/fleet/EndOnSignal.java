package io.evenkeel.ops.fleet;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** From its making to its closing Ctrl-C ends a run, and the process only when what was measured until then is told. */
public final class EndOnSignal implements AutoCloseable {
    private final CountDownLatch told = new CountDownLatch(1);
    private final Runnable stop;
    private final Thread hook = new Thread(this::end, "end-fleet");
    private volatile boolean ending;

    /** @param stop ends the run soon, from another thread */
    public EndOnSignal(Runnable stop) {
        this.stop = stop;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void end() {
        ending = true;
        stop.run();
        try {
            if (!told.await(FleetLimits.END.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("evenkeel: the fleet does not end; what it measured is lost");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether that has happened. */
    public boolean ended() {
        return ending;
    }

    @Override
    public void close() {
        told.countDown();
        try {
            boolean ignored = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shutdownHasBegun) {
            ending = true; // the hook runs, or will, and finds its work done
        }
    }
}
