package io.evenkeel.server.transport;

import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.QueryHandler;
import io.evenkeel.server.query.Transport;
import io.netty.channel.EventLoop;

/** One event loop and all that answering on it needs; used by that loop only, except for the counters' readers. */
final class AnswerLoop {
    /** The handler may look a little beyond the end of a question. */
    private static final int SLACK_BYTES = 8;

    private static final int MESSAGE_BYTES = 65_535;

    final EventLoop eventLoop;
    final QueryCounters counters;
    /** The question is put here. */
    final byte[] in = new byte[MESSAGE_BYTES + SLACK_BYTES];
    /** The answer is found here. */
    final byte[] out = new byte[MESSAGE_BYTES];

    private final QueryHandler handler;

    AnswerLoop(EventLoop eventLoop, QueryHandler handler, QueryCounters counters) {
        this.eventLoop = eventLoop;
        this.handler = handler;
        this.counters = counters;
    }

    /** Length of the answer in {@code out} to what is in {@code in}; 0: silence. */
    int answer(int length, Transport transport) {
        return handler.handle(in, length, transport, out);
    }
}
