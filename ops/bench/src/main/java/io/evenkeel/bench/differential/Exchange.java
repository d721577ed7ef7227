package io.evenkeel.bench.differential;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One question and what each server, by name, said to it; who said nothing is not there.
 *
 * @param zone that the question was made for
 * @param family the zones that it was generated with, and it
 */
record Exchange(
        String kind, GeneratedZone zone, List<GeneratedZone> family, Question question, Map<String, Replies> replies) {

    /**
     * @param first as it was asked
     * @param full over TCP, where some server's first reply was truncated
     */
    record Replies(ComparedReply first, @Nullable ComparedReply full) {
        ComparedReply complete() {
            return full == null ? first : full;
        }
    }
}
