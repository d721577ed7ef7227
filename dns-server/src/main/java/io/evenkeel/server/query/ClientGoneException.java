package io.evenkeel.server.query;

import java.io.IOException;
import java.io.Serial;

/** The client of a {@link DetachedRequest} takes no more messages. */
public final class ClientGoneException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** @param why for people */
    public ClientGoneException(String why) {
        super(why);
    }
}
