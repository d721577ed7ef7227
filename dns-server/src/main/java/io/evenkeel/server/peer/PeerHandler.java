package io.evenkeel.server.peer;

/** Answers what other nodes ask; called on a virtual thread per request. */
public interface PeerHandler {
    PeerMessage.Answer answer(PeerMessage.Request request) throws InterruptedException;
}
