package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.AddressText;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Another process has an address that is to be listened on; the message names it and the remedy. */
public final class AddressInUseException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * @param what uses it: udp, tcp, admin API...
     * @param key where another address is chosen
     */
    public AddressInUseException(InetSocketAddress address, String what, String key, Throwable cause) {
        super(
                "another process listens on " + AddressText.show(address) + " (" + what
                        + "); stop it or choose another with " + key,
                cause);
    }
}
