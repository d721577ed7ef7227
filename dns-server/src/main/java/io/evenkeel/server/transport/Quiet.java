package io.evenkeel.server.transport;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Waits until an event loop has nothing left to do for a socket that takes nothing new. A loop looks at every socket between
 * two runs of its timers, so a socket that gave nothing between two of them had nothing.
 */
final class Quiet {
    private Quiet() {}

    /**
     * Done when there was nothing to do for one turn of the loop, or after {@link TransportLimits#FINISH}.
     *
     * @param worked called on the loop, about every {@link TransportLimits#TURN}: whether there was something to do since the last call
     */
    static Future<Void> await(EventLoop loop, BooleanSupplier worked) {
        Promise<Void> quiet = loop.newPromise();
        long end = System.nanoTime() + TransportLimits.FINISH.toNanos();
        try {
            loop.execute(() -> {
                boolean _ = worked.getAsBoolean();
                later(loop, worked, quiet, end);
            });
        } catch (RejectedExecutionException e) {
            // It has ended by a fault, does nothing any more, and runs no listeners either.
            return GlobalEventExecutor.INSTANCE.newSucceededFuture(null);
        }
        return quiet;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it tells by the promise
    private static void later(EventLoop loop, BooleanSupplier worked, Promise<Void> quiet, long end) {
        loop.schedule(
                () -> {
                    if (worked.getAsBoolean() && System.nanoTime() - end < 0) {
                        later(loop, worked, quiet, end);
                    } else {
                        quiet.setSuccess(null);
                    }
                },
                TransportLimits.TURN.toMillis(),
                TimeUnit.MILLISECONDS);
    }
}
