package io.evenkeel.consensus.raft;

import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Turns away what members say to another incarnation of this node, or to another member. Ratis compares the group alone: what is
 * meant for the incarnation that has lost its disk would tell the next one that it is a member already, and that one would stand
 * for election, find itself in no configuration, and close. And addresses go from one member to another, as those of containers
 * do: a leader that still takes this node for the one that was here before would count what this node acknowledges twice, and so
 * take for committed what a minority holds. Any thread.
 */
final class MeantForOthers implements ServerInterceptor {
    private final ByteString self;

    /** @param peerId of this incarnation */
    MeantForOthers(String peerId) {
        self = ByteString.copyFromUtf8(peerId);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        // gRPC calls the listener of one call one after the other.
        return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
            private boolean refused;

            @Override
            public void onMessage(Q message) {
                RaftRpcRequestProto request = request(message);
                if (refused || (request != null && !request.getReplyId().equals(self))) {
                    refuse();
                } else {
                    super.onMessage(message);
                }
            }

            private void refuse() {
                if (!refused) {
                    refused = true;
                    call.close(
                            Status.FAILED_PRECONDITION.withDescription("this is " + self.toStringUtf8()),
                            new Metadata());
                }
            }

            @Override
            public void onHalfClose() {
                if (!refused) {
                    super.onHalfClose();
                }
            }
        };
    }

    /** What every request between members begins with; null: the message is none of these. */
    private static @Nullable RaftRpcRequestProto request(Object message) {
        return switch (message) {
            case AppendEntriesRequestProto append -> append.getServerRequest();
            case InstallSnapshotRequestProto install -> install.getServerRequest();
            case RequestVoteRequestProto vote -> vote.getServerRequest();
            case ReadIndexRequestProto read -> read.getServerRequest();
            case StartLeaderElectionRequestProto start -> start.getServerRequest();
            default -> null;
        };
    }
}
