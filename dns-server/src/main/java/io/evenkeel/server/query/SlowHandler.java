package io.evenkeel.server.query;

/** Works on requests that no loop may wait for. Each call has a virtual thread of its own. */
@FunctionalInterface
public interface SlowHandler {
    /**
     * Sends any number of messages, one after the other, or none. Once it returns nothing more can be sent.
     *
     * @throws InterruptedException if the thread was interrupted: the deadline has passed, or the client is gone
     * @throws ClientGoneException as it came from the request
     */
    void handle(DetachedRequest request) throws InterruptedException, ClientGoneException;
}
