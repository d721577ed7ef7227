package io.evenkeel.zones.check;

import io.evenkeel.zones.check.ZoneProblem.Severity;
import io.evenkeel.zones.check.ZoneRules.Sink;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The records by which a zone denies what it has not, judged name by name in canonical order. */
sealed interface DenialChain permits NsecChain, Nsec3Chain {
    /**
     * A name of the zone, not below a cut.
     *
     * @param records all that the zone has there, the NSEC3 chain's own aside; empty for an empty non-terminal
     * @param types of the RRsets that are this zone's and not its child's
     * @param where a record at or below the name
     */
    void name(Name name, List<Record> records, Set<Integer> types, Record where);

    /** After the last name. */
    void end();

    /** Reports a link that says other types than its name has (RFC 4034 §4.1.2, RFC 5155 §3.2.1). */
    static void checkTypes(Record link, Name name, int[] said, Set<Integer> types, Sink sink) {
        Set<Integer> saidTypes = new TreeSet<>();
        Arrays.stream(said).forEach(saidTypes::add);
        if (!saidTypes.equals(types)) {
            sink.report(
                    Severity.ERROR,
                    link,
                    new Fault(
                            Type.string(link.getType()) + " of " + name + " says types " + text(saidTypes)
                                    + " where there are " + text(types),
                            link.getType() == Type.NSEC ? "RFC 4034 §4.1.2" : "RFC 5155 §3.2.1"));
        }
    }

    private static List<String> text(Set<Integer> types) {
        return types.stream().map(Type::string).toList();
    }
}
