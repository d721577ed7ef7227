package io.evenkeel.server.config;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.config.ServerConfig.DrillConfig;
import io.evenkeel.server.config.ServerConfig.DrillConfig.Defence;
import io.evenkeel.server.config.ServerConfig.MemberConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Reads and judges {@code drill}: whoever may be without a defence must not be within reach of strangers. */
final class DrillReader {
    private DrillReader() {}

    static DrillConfig read(Section section) {
        boolean mode = section.value("mode", false, false, Values::flag);
        List<Defence> without = section.values("without", List.of(), DrillReader::defence).stream()
                .distinct()
                .sorted()
                .toList();
        section.refuseOthers();
        if (!mode && !without.isEmpty()) {
            section.problem(
                    section.path("without"),
                    "switches off " + DrillConfig.names(without)
                            + ", which only a drill may do: write `mode: true` beside it, or take it away");
        }
        return new DrillConfig(mode, without);
    }

    /** Of all places where a node in drill mode listens, and its members do. */
    static void requirePrivate(ServerConfig config, Section section) {
        if (!config.drill().mode()) {
            return;
        }
        config.dns().listen().forEach(entry -> requirePrivate(section, "dns.listen", entry.address()));
        requirePrivate(section, "admin.listen", config.admin().listen());
        requirePrivate(section, "health.listen", config.health().listen());
        for (MemberConfig member : config.cluster().members()) {
            requirePrivate(section, "cluster.members", member.raft());
            requirePrivate(section, "cluster.members", member.peer());
        }
    }

    private static void requirePrivate(Section section, String key, InetSocketAddress address) {
        if (address.isUnresolved() || !isPrivate(address.getAddress())) {
            section.problem(
                    section.path("mode"),
                    "true, and " + key + " has " + AddressText.show(address)
                            + ", which is no loopback or private address: whoever switches off defences keeps to 127.0.0.0/8,"
                            + " 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, ::1, fc00::/7 and link-local addresses, without"
                            + " wildcards and names; choose such an address there, or take the section away");
        }
    }

    private static boolean isPrivate(InetAddress address) {
        byte[] octets = address.getAddress();
        return address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                // RFC 1918; of IPv6 the method means what RFC 3879 took away, and not RFC 4193
                || (octets.length == 4 ? address.isSiteLocalAddress() : (octets[0] & 0xFE) == 0xFC);
    }

    private static Defence defence(String text) {
        for (Defence defence : Defence.values()) {
            if (defence.toString().equals(text)) {
                return defence;
            }
        }
        throw new IllegalArgumentException("\"" + text.toLowerCase(Locale.ROOT)
                + "\" is no defence that can be switched off; allowed: "
                + Arrays.stream(Defence.values()).map(Defence::toString).collect(Collectors.joining(", ")));
    }
}
