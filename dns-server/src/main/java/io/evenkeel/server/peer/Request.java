package io.evenkeel.server.peer;

/**
 * A request of one node to another. The class of each kind writes and reads it and its answer. Only the list of handlers in
 * the control plane names the class again.
 *
 * @param <A> its answer
 */
public interface Request<A> {
    /** How the answer is read, and what it is all called; the same for every request of a class. */
    RequestKind<?, A> kind();

    /** Its fields. */
    void write(FieldWriter out);
}
