package io.evenkeel.server.cluster;

import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.AddressText;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the others may be reached on the peer channel, by IP address or by name. What the group says comes before what another
 * node has told, and that before this node's own list, which may be years old; but the list may also be newer than all else, when
 * all members have moved. Any thread.
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

    boolean knows(String name) {
        return all().containsKey(name);
    }

    /**
     * The names of all that are known, without this node, those of the list first, in its order; and where each may be reached,
     * at best first.
     */
    Map<String, List<InetSocketAddress>> all() {
        Map<String, Set<InetSocketAddress>> all = new LinkedHashMap<>();
        settings.others().forEach(other -> all.put(other.name(), new LinkedHashSet<>()));
        put(all, group.get());
        put(all, heard);
        settings.others().forEach(other -> put(all, other.name(), other.peer()));
        all.remove(settings.self().name());
        Map<String, List<InetSocketAddress>> lists = new LinkedHashMap<>();
        all.forEach((name, addresses) -> lists.put(name, List.copyOf(addresses)));
        return lists;
    }

    private static void put(Map<String, Set<InetSocketAddress>> all, List<Member> members) {
        // The last word counts more: members come after those that may join.
        for (Member member : members.reversed()) {
            if (!member.peerAddress().isEmpty()) {
                try {
                    put(all, member.name(), AddressText.parseMember(member.peerAddress()));
                } catch (IllegalArgumentException e) {
                    // The list may know better.
                    LOG.debug("address of {}", member.name(), e);
                }
            }
        }
    }

    private static void put(Map<String, Set<InetSocketAddress>> all, String name, InetSocketAddress address) {
        all.computeIfAbsent(name, _ -> new LinkedHashSet<>()).add(address);
    }
}
