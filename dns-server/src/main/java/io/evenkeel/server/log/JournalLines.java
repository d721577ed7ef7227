package io.evenkeel.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.process.Journal.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Events as the journal has them, a JSON object each, numbered on from what the last process has left. One thread. */
final class JournalLines implements LogSink.Lines {
    /** Characters of a sentence, and of the fields of an event as JSON: each of them may become six octets. */
    private static final int MOST_CHARS = 1000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final JournalFiles files;
    /** Of the last event; below zero while that has not been looked up. */
    private long number = -1;

    JournalLines(JournalFiles files) {
        this.files = files;
    }

    @Override
    public byte[] octets(ILoggingEvent line, long now) throws IOException {
        Event event = Event.among(line.getArgumentArray());
        if (event == null) {
            throw new IllegalArgumentException("no event: " + line.getFormattedMessage());
        }
        if (number < 0) {
            number = files.lastNumber();
        }
        number++;
        String text = event.text();
        ObjectNode json = JSON.createObjectNode()
                .put(JournalFiles.NUMBER, number)
                .put(JournalFiles.TIME, line.getInstant().toString())
                .put("level", line.getLevel().toString())
                .put("kind", event.kind().label())
                .put("text", text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS) + "...");
        ObjectNode fields = JSON.valueToTree(event.fields());
        if (!fields.isEmpty() && fields.toString().length() <= MOST_CHARS) {
            json.set("fields", fields);
        }
        return (json + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
