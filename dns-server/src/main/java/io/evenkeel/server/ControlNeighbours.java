package io.evenkeel.server;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.server.capacity.CapacityWatch;
import io.evenkeel.server.cluster.ControlPlane;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Vitals;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The other members, as the control plane knows them. */
record ControlNeighbours(ControlPlane control) implements CapacityWatch.Neighbours {
    @Override
    public Set<String> members() {
        return control.memberNames();
    }

    @Override
    public Outcome<Vitals> ask(String member, Duration atMost) throws InterruptedException {
        return control.askVitals(member, atMost);
    }

    @Override
    public @Nullable InetAddress peerHost(String member) {
        return control.peerHost(member);
    }

    @Override
    public ReplicaStatus.Role role() {
        Replica present = control.replica();
        return present == null ? ReplicaStatus.Role.NONE : present.status().role();
    }
}
