package io.evenkeel.server.query;

/** The way back to the client of a {@link DetachedRequest}. For the one thread that works on it. */
public interface Replies {
    /** To a client that is gone. */
    Replies NOWHERE = new Replies() {
        @Override
        public void send(byte[] message, int length) throws ClientGoneException {
            throw new ClientGoneException("there is nobody to answer");
        }

        @Override
        public void end() {
            // Nobody waits.
        }
    };

    /**
     * Sends one message. Blocks while the client takes no more.
     *
     * @param message copied before this returns
     * @throws ClientGoneException if it cannot be sent any more
     */
    void send(byte[] message, int length) throws InterruptedException, ClientGoneException;

    /** No more comes. Once, also after a failure. */
    void end();
}
