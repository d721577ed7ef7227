package io.evenkeel.ops.fleet;

/**
 * How a device takes what is no answer.
 *
 * @param refused the RCODE REFUSED
 * @param servfail SERVFAIL and every other RCODE but NOERROR and NXDOMAIN
 * @param truncated the TC bit
 * @param icmp that nobody listens
 */
public record Reactions(Reaction refused, Reaction servfail, Reaction truncated, Reaction icmp) {}
