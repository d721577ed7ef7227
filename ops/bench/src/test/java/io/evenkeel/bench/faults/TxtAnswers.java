package io.evenkeel.bench.faults;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DnsQuestion;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** What nodes answer for a name of the sample zone, and whether they say that it may be old. */
final class TxtAnswers {
    private TxtAnswers() {}

    /** The answer, with the options that an asker of today gets; empty if there is none within a second. */
    static Optional<Message> ask(ClusterFile.Node node, String owner) throws IOException {
        Message question = Message.newQuery(Record.newRecord(LocalCluster.name(owner), Type.TXT, DClass.IN));
        question.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        return DnsQuestion.ask(AddressText.parse(node.dns(), 1), question, Duration.ofSeconds(1));
    }

    static List<String> texts(Message answer) {
        return answer.getSection(Section.ANSWER).stream()
                .filter(TXTRecord.class::isInstance)
                .map(record -> ((TXTRecord) record).getStrings().getFirst())
                .toList();
    }

    /** RFC 8914 §4.4, §4.20. */
    static boolean sayStale(Message answer) {
        OPTRecord options = answer.getOPT();
        return options != null
                && options.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR).stream()
                        .mapToInt(option -> ((ExtendedErrorCodeOption) option).getErrorCode())
                        .anyMatch(code -> code == ExtendedErrorCodeOption.STALE_ANSWER
                                || code == ExtendedErrorCodeOption.STALE_NXDOMAIN_ANSWER);
    }
}
