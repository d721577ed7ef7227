package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Evidence.Mark;
import io.evenkeel.consensus.Published;
import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.StateNote;
import io.evenkeel.zones.state.ZoneCommand;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/** What one state machine held after the last ticks. The thread that applies writes, any reads. */
final class TickMarks {
    /** Of which two members that lag behind each other have one in common: more than a minute of ticks. */
    private static final int KEPT = 8;

    private final Integrity integrity;
    private volatile List<Mark> marks = List.of();
    /** Given up where memory is short: zones that were replaced are reckoned as gone. */
    private SoftReference<@Nullable Published> atLast = new SoftReference<>(null);

    TickMarks(Integrity integrity) {
        this.integrity = integrity;
    }

    /** The oldest first. */
    List<Mark> all() {
        return marks;
    }

    /** A tick was applied: what the leader says of the one before confirms the state as of there. */
    void ticked(ZoneCommand.Tick tick, CommandResult result, Published now) {
        Published before = atLast.get();
        StateNote leaders = tick.note();
        if (before != null
                && leaders != null
                && result instanceof CommandResult.Applied
                && before.index() == leaders.index()) {
            integrity.confirmed(before);
        }
        atLast = new SoftReference<>(now);
        StateNote own = now.state().note();
        if (own != null && own.index() == now.index()) {
            List<Mark> next = new ArrayList<>(marks.subList(Math.max(0, marks.size() - KEPT + 1), marks.size()));
            next.add(new Mark(own.index(), now.history(), own.digest()));
            marks = List.copyOf(next);
        }
    }

    /** The past with one command more: the same on two members only if their logs are. */
    static Hash256 history(Hash256 before, TermIndex at, ByteString command) {
        MessageDigest sha256 = Sha256.start();
        sha256.update(before.toBytes());
        sha256.update(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(at.getTerm())
                .putLong(at.getIndex())
                .flip());
        for (ByteBuffer part : command.asReadOnlyByteBufferList()) {
            sha256.update(part);
        }
        return Hash256.read(sha256.digest());
    }
}
