/**
 * The admin API: the PowerDNS Authoritative HTTP API, and beside it what that lacks. The JDK's HTTP server, a virtual
 * thread a request, which has work with a key done by a platform thread. Reads answer from the node's own state, changes
 * go through {@code ChangeService}; right after an accepted change the node that took it shows it. The composition root
 * calls {@code AdminApi.start} after {@code ControlPlane.open} and before {@code form}, so that health can be asked from
 * the beginning.
 */
@NullMarked
package io.evenkeel.server.admin;

import org.jspecify.annotations.NullMarked;
