package io.evenkeel.zones.check;

import io.evenkeel.zones.check.ZoneProblem.Severity;
import io.evenkeel.zones.check.ZoneRules.Sink;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** RFC 4035 §2.3: each name that has records has one NSEC record, which leads to the next; the last leads to the apex. */
final class NsecChain implements DenialChain {
    private final Name apex;
    private final Sink sink;
    private @Nullable NSECRecord last;

    NsecChain(Name apex, Sink sink) {
        this.apex = apex;
        this.sink = sink;
    }

    @Override
    public void name(Name name, List<Record> records, Set<Integer> types, Record where) {
        if (records.isEmpty()) {
            return;
        }
        List<NSECRecord> links = records.stream()
                .filter(NSECRecord.class::isInstance)
                .map(NSECRecord.class::cast)
                .toList();
        if (links.size() != 1) {
            sink.report(
                    Severity.ERROR,
                    where,
                    new Fault(
                            name + " has " + links.size() + " NSEC records; each name with records has one",
                            "RFC 4035 §2.3"));
            return;
        }
        leadsTo(name);
        last = links.getFirst();
        DenialChain.checkTypes(last, name, last.getTypes(), types, sink);
    }

    @Override
    public void end() {
        leadsTo(apex);
    }

    private void leadsTo(Name next) {
        if (last != null && !last.getNext().equals(next)) {
            sink.report(
                    Severity.ERROR,
                    last,
                    new Fault(
                            "NSEC of " + last.getName() + " leads to " + last.getNext()
                                    + ", but the next name with records is " + next,
                            "RFC 4034 §4.1.1"));
        }
    }
}
