package io.evenkeel.server.query;

/** For whom an address is that a node answers on. Each lane has sockets and threads of its own. */
public enum Lane {
    /** For everybody, above all the fleet of devices. */
    DEVICE,
    /**
     * For what the devices and their network cannot start without: authentication, captive portals, the operators' own resolvers.
     * It is served while the other one drowns, and no limit on clients applies to it.
     */
    INFRASTRUCTURE
}
