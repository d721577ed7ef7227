package io.evenkeel.server.admin;

import java.io.IOException;

/** A body that is not as HTTP wants it, or that broke off: the fault of its sender. */
final class BrokenBodyException extends IOException {
    private static final long serialVersionUID = 1;

    BrokenBodyException(String why) {
        super("the body broke off, or is not as HTTP wants it: " + why);
    }
}
