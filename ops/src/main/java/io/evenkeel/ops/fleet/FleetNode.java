package io.evenkeel.ops.fleet;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A node that devices ask.
 *
 * @param address of its DNS port
 * @param weight of it where devices choose by weights
 * @param knownAs the address by which answers speak of it, see {@link NodeChoice#FIRST_ADDRESS}
 */
public record FleetNode(
        String name,
        InetSocketAddress address,
        double weight,
        @Nullable InetAddress knownAs) {}
