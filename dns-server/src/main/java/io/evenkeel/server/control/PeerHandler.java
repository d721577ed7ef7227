package io.evenkeel.server.control;

/** Answers what other nodes ask; called on a virtual thread per request. */
interface PeerHandler {
    PeerMessage.Answer answer(PeerMessage.Request request) throws InterruptedException;
}
