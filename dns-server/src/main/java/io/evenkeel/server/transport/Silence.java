package io.evenkeel.server.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.SocketProtocolFamily;

/** How the DNS ports are kept silent while the gate is closed. */
public enum Silence {
    /** A socket filter drops everything; UDP and TCP are bound from the start, and nothing ever leaves. */
    FILTERED("socket filter"),
    /** Where filters cannot be set: UDP is bound and left unread, TCP is not bound, so that connecting is refused. */
    UNREAD("UDP unread, TCP not bound");

    private final String text;

    Silence(String text) {
        this.text = text;
    }

    /** The best that these sockets and this kernel allow. */
    static Silence best(Sockets sockets) {
        if (!sockets.areLinux()) {
            return UNREAD;
        }
        Channel trial = new EpollDatagramChannel(SocketProtocolFamily.INET);
        try {
            SocketFilter.attach(trial);
            return FILTERED;
        } catch (ChannelException e) {
            // A sandbox that allows only some socket options.
            return UNREAD;
        } finally {
            trial.unsafe().closeForcibly();
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
