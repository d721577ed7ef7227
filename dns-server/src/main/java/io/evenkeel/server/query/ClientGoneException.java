package io.evenkeel.server.query;

import java.io.IOException;
import java.io.Serial;

/** Nothing can be sent to the client of a {@link DetachedRequest} any more. */
public final class ClientGoneException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** @param why for people */
    public ClientGoneException(String why) {
        super(why);
    }
}
