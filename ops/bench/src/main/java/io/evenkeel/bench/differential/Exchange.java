package io.evenkeel.bench.differential;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One question and what each server, by name, said to it; who said nothing is not there. */
record Exchange(String kind, GeneratedZone zone, Question question, Map<String, Replies> replies) {

    /**
     * @param first as it was asked
     * @param full over TCP, where some server's first reply was truncated
     */
    record Replies(Reply first, @Nullable Reply full) {
        Reply complete() {
            return full == null ? first : full;
        }
    }
}
