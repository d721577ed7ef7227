package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Evidence;
import io.evenkeel.server.peer.FieldReader;
import io.evenkeel.server.peer.FieldWriter;
import io.evenkeel.zones.codec.CodecException;

/** What speaks for and against the state of a member, within a message between nodes. */
final class EvidenceFields {
    private static final int MARKS = 1;
    private static final int FAULTS = 2;
    private static final int COMMITTED_TERM = 3;
    private static final int COMMITTED_INDEX = 4;
    private static final int LAST_INDEX = 5;

    private static final int MARK = 1;

    private static final int DOUBT_KIND = 1;
    private static final int DOUBT_INDEX = 2;
    private static final int DOUBT_WHY = 3;

    private EvidenceFields() {}

    static void write(Evidence evidence, FieldWriter out) {
        out.messages(MARKS, evidence.marks(), (mark, fields) -> fields.bytes(MARK, mark.toBytes()))
                .number(FAULTS, evidence.faults())
                .number(COMMITTED_TERM, evidence.committedTerm())
                .number(COMMITTED_INDEX, evidence.committedIndex())
                .number(LAST_INDEX, evidence.lastIndex());
    }

    static Evidence read(FieldReader in) throws CodecException {
        return new Evidence(
                in.messages(MARKS, fields -> Evidence.Mark.read(fields.requiredBytes(MARK))),
                in.number(FAULTS, 0),
                in.number(COMMITTED_TERM, -1),
                in.number(COMMITTED_INDEX, -1),
                in.number(LAST_INDEX, -1));
    }

    static void writeDoubt(Doubt doubt, FieldWriter out) {
        out.choice(DOUBT_KIND, doubt.kind()).number(DOUBT_INDEX, doubt.index()).text(DOUBT_WHY, doubt.why());
    }

    static Doubt readDoubt(FieldReader in) throws CodecException {
        return new Doubt(in.choice(DOUBT_KIND, Doubt.Kind.DIVERGED), in.number(DOUBT_INDEX, 0), in.text(DOUBT_WHY, ""));
    }
}
