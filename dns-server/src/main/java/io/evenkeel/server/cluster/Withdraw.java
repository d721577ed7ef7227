package io.evenkeel.server.cluster;

import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.server.peer.Request;
import io.evenkeel.server.peer.RequestKind;
import io.evenkeel.zones.codec.CodecException;

/**
 * Asks a member to let this one leave the traffic to the others for a while.
 *
 * @param node the one that asks
 */
record Withdraw(String node) implements Request<Withdraw.Answer> {
    private static final int NODE = 1;

    static final RequestKind<Withdraw, Answer> KIND =
            new RequestKind<>(12, "WITHDRAW", Withdraw::read, Answer::write, Answer::read);

    /**
     * What a member says to that.
     *
     * @param turn whose turn it is, as far as this member has a say: the asking one's, if it agrees; empty: nobody's yet
     * @param sound whether it answers questions itself, and nothing is known to be wrong with its zones
     */
    record Answer(String turn, boolean sound) {
        private static final int TURN = 1;
        private static final int SOUND = 2;

        private void write(FieldWriter out) {
            out.text(TURN, turn).flag(SOUND, sound);
        }

        private static Answer read(FieldReader in) throws CodecException {
            return new Answer(in.text(TURN, ""), in.flag(SOUND, false));
        }
    }

    private static Withdraw read(FieldReader in) throws CodecException {
        return new Withdraw(in.requiredText(NODE));
    }

    @Override
    public RequestKind<Withdraw, Answer> kind() {
        return KIND;
    }

    @Override
    public void write(FieldWriter out) {
        out.text(NODE, node);
    }
}
