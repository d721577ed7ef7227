package io.evenkeel.server.config;

import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.config.ServerConfig.ListenConfig;
import io.evenkeel.server.config.ServerConfig.ListenConfig.Lane;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads and judges {@code dns.listen}: addresses, and mappings of an address and what holds there. */
final class ListenReader {
    /** Each is a socket per event loop. */
    private static final int MAX_ENTRIES = 64;

    /** They are looked through for each question of their entry. */
    private static final int MAX_PREFIXES = 64;

    private static final InetSocketAddress DEFAULT = AddressText.parse("127.0.0.1:5301", 0);

    /** In place of an address that cannot be used. */
    private static final InetSocketAddress UNUSABLE = AddressText.parse("127.0.0.1:0", 0);

    private ListenReader() {}

    static List<ListenConfig> read(Section dns) {
        List<ListenConfig> fallback = List.of(plain(DEFAULT));
        List<ListenConfig> entries = dns.entries("listen", fallback, text -> plain(address(text)), ListenReader::entry);
        String path = dns.path("listen");
        if (entries.isEmpty()) {
            dns.problem(path, "is empty; name at least one address");
        } else if (entries.size() > MAX_ENTRIES) {
            dns.problem(path, entries.size() + " addresses; allowed: up to " + MAX_ENTRIES);
        }
        Set<InetSocketAddress> seen = new HashSet<>();
        for (ListenConfig entry : entries) {
            if (entry.address().getPort() != 0 && !seen.add(entry.address())) {
                dns.problem(path, AddressText.show(entry.address()) + " is given twice");
            }
        }
        return entries;
    }

    private static ListenConfig entry(Section section) {
        InetSocketAddress address = section.value("address", null, UNUSABLE, ListenReader::address);
        Lane lane = section.value("lane", Lane.DEVICE, Lane.DEVICE, text -> Values.word(text, "a lane", Lane.values()));
        List<AddressPrefix> allow = prefixes(section, "allow", address);
        boolean proxy = section.value("proxy", false, false, ListenReader::proxy);
        List<AddressPrefix> from = prefixes(section, "from", address);
        section.refuseOthers();
        if (proxy && from.isEmpty()) {
            section.problem(section.path("from"), "is missing; name the proxies, as in [192.0.2.7]");
        }
        if (proxy && !allow.isEmpty()) {
            section.problem(
                    section.path("allow"),
                    "cannot be judged behind a proxy, which tells addresses that nobody has proven; `from` says who may send here");
        }
        if (!proxy && !from.isEmpty()) {
            section.problem(
                    section.path("from"),
                    "names proxies, without `proxy: required`; to let in only these write `allow`");
        }
        return new ListenConfig(address, lane, allow, proxy, from);
    }

    private static List<AddressPrefix> prefixes(Section section, String key, InetSocketAddress address) {
        List<AddressPrefix> prefixes = section.values(key, List.of(), text -> {
            AddressPrefix prefix = AddressPrefix.parse(text);
            boolean four = address.getAddress() instanceof Inet4Address;
            if (prefix.network() instanceof Inet4Address != four && !address.equals(UNUSABLE)) {
                throw new IllegalArgumentException(prefix + " is of another family than " + AddressText.show(address)
                        + ": nobody could ask from there");
            }
            return prefix;
        });
        if (prefixes.size() > MAX_PREFIXES) {
            section.problem(section.path(key), prefixes.size() + " prefixes; allowed: up to " + MAX_PREFIXES);
        }
        return prefixes;
    }

    private static ListenConfig plain(InetSocketAddress address) {
        return new ListenConfig(address, Lane.DEVICE, List.of(), false, List.of());
    }

    private static InetSocketAddress address(String text) {
        return AddressText.parse(text, 0);
    }

    private static boolean proxy(String text) {
        if (!text.equals("required")) {
            throw new IllegalArgumentException("\"" + text.toLowerCase(Locale.ROOT)
                    + "\" is not possible; allowed: required, since what is not required would be guessed");
        }
        return true;
    }
}
