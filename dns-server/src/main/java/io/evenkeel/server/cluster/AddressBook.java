package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.AddressText;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the others are reached on the peer channel. What the group says counts more than what another node has told, and
 * that more than this node's own list, which may be years old: the list only has to lead to one member. Any thread.
 */
final class AddressBook {
    private static final Logger LOG = LoggerFactory.getLogger(AddressBook.class);

    private final ControlSettings settings;
    private final Supplier<List<Member>> group;
    private volatile List<Member> heard = List.of();

    /** @param group members and those that may join, as this node's replica knows them; empty before it runs */
    AddressBook(ControlSettings settings, Supplier<List<Member>> group) {
        this.settings = settings;
        this.group = group;
    }

    /** What others have told of who belongs to the cluster; replaces what they told before. */
    void heard(List<Member> members) {
        heard = List.copyOf(members);
    }

    @Nullable
    InetSocketAddress find(String name) {
        return all().get(name);
    }

    /** Name and address of all that are known, without this node: those of the list first, in its order. */
    Map<String, InetSocketAddress> all() {
        Map<String, InetSocketAddress> all = new LinkedHashMap<>();
        settings.others().forEach(other -> all.put(other.name(), other.peer()));
        put(all, heard);
        put(all, group.get());
        all.remove(settings.self().name());
        return all;
    }

    private static void put(Map<String, InetSocketAddress> all, List<Member> members) {
        for (Member member : members) {
            if (!member.peerAddress().isEmpty()) {
                try {
                    all.put(member.name(), AddressText.parseReachable(member.peerAddress()));
                } catch (IllegalArgumentException e) {
                    // The list may know better.
                    LOG.debug("address of {}", member.name(), e);
                }
            }
        }
    }
}
