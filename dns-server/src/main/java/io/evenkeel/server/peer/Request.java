package io.evenkeel.server.peer;

/**
 * What one node asks of another. A class of its own for each kind holds how it and its answer are written and read, and is
 * named once more: where the control plane says who answers it.
 *
 * @param <A> its answer
 */
public interface Request<A> {
    /** How the answer is read, and what it is all called; the same for every request of a class. */
    RequestKind<?, A> kind();

    /** Its fields. */
    void write(FieldWriter out);
}
