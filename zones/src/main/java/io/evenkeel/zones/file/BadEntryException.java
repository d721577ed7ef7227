package io.evenkeel.zones.file;

import io.evenkeel.zones.check.Fault;
import org.xbill.DNS.TextParseException;

/** An entry of a master file, or RDATA, that cannot be used. Its message is the fault as text. */
final class BadEntryException extends TextParseException {
    private static final long serialVersionUID = 1L;

    private final transient Fault fault;

    BadEntryException(Fault fault) {
        super(fault.toString());
        this.fault = fault;
    }

    /** @param rule the RFC section that it breaks */
    BadEntryException(String text, String rule) {
        this(new Fault(text, rule));
    }

    Fault fault() {
        return fault;
    }
}
