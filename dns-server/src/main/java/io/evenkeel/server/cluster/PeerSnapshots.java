package io.evenkeel.server.cluster;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.SnapshotSource;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.PeerClient;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Snapshots over the peer channel: handing out those of this node, and fetching another member's. Any thread. */
final class PeerSnapshots {
    private final PeerClient peers;
    private final Supplier<@Nullable Replica> replica;

    PeerSnapshots(PeerClient peers, Supplier<@Nullable Replica> replica) {
        this.peers = peers;
        this.replica = replica;
    }

    private interface Asked<A> {
        A of(SnapshotSource own) throws IOException, InterruptedException;
    }

    Outcome<Long> newest(NewestSnapshot ask) throws InterruptedException {
        return answer(own -> own.newest(ask.reaching()));
    }

    Outcome<byte[]> part(SnapshotPart ask) throws InterruptedException {
        return ask.offset() < 0
                ? new Outcome.Refused<>("no octets are before the beginning of a file")
                : answer(own -> own.part(ask.index(), ask.file(), ask.offset()));
    }

    private <A> Outcome<A> answer(Asked<A> asked) throws InterruptedException {
        Replica own = replica.get();
        if (own == null) {
            return new Outcome.NotDone<>("starting");
        }
        try {
            return new Outcome.Done<>(asked.of(own.repair().snapshots()));
        } catch (IOException e) {
            return new Outcome.NotDone<>(String.valueOf(e.getMessage()));
        }
    }

    /** Those of another member. */
    SnapshotSource of(String member) {
        return new SnapshotSource() {
            @Override
            public long newest(long reaching) throws IOException, InterruptedException {
                return required(
                        member, peers.call(member, new NewestSnapshot(reaching), ClusterLimits.SNAPSHOT_WRITTEN));
            }

            @Override
            public byte[] part(long index, String file, long offset) throws IOException, InterruptedException {
                return required(
                        member, peers.call(member, new SnapshotPart(index, file, offset), ClusterLimits.SNAPSHOT_PART));
            }
        };
    }

    private static <A> A required(String member, Outcome<A> outcome) throws IOException {
        return switch (outcome) {
            case Outcome.Done<A> done -> done.answer();
            case Outcome.Refused<A> refused -> throw new IOException(member + ": " + refused.why());
            case Outcome.NotDone<A> not -> throw new IOException(member + ": " + not.why());
            case Outcome.NotLeader<A> _ -> throw new IOException(member + " does not lead");
            case Outcome.Unknown<A> unknown -> throw new IOException(unknown.why());
        };
    }
}
