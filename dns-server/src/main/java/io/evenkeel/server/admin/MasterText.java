package io.evenkeel.server.admin;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.evenkeel.zones.file.RecordWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** A version of a zone as a master file. It is written line by line, so that a zone of any size takes no memory of its own. */
final class MasterText {
    private MasterText() {}

    /** Gives each of its records to a visitor. */
    interface Records {
        void forEach(Consumer<Record> visitor);
    }

    /** @param json whether it stands inside {@code {"zone"}} */
    static Reply reply(Records records, boolean json) {
        if (json) {
            return new Reply(200, Map.of("Content-Type", "application/json"), out -> {
                out.write("{\"zone\": \"".getBytes(StandardCharsets.US_ASCII));
                write(records, out, line -> JsonStringEncoder.getInstance().quoteAsUTF8(line));
                out.write("\"}".getBytes(StandardCharsets.US_ASCII));
            });
        }
        return new Reply(
                200,
                Map.of("Content-Type", "text/plain; charset=us-ascii"),
                out -> write(records, out, line -> line.getBytes(StandardCharsets.US_ASCII)));
    }

    private static void write(Records records, OutputStream out, Function<String, byte[]> encoding) throws IOException {
        try {
            records.forEach(record -> {
                try {
                    out.write(encoding.apply(line(record)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw new IOException("the client went away", e);
        }
    }

    private static String line(Record record) {
        return record.getName() + "\t" + record.getTTL() + "\tIN\t" + Type.string(record.getType()) + "\t"
                + RecordWriter.rdata(record) + "\n";
    }
}
