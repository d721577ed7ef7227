package io.evenkeel.server.admin;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the API.
 *
 * @param pattern segments; {@code {name}} stands for any one
 * @param keyed whether it needs an API key
 * @param fromState whether it answers from the replicated state, which a node has not whole while it starts
 */
record Route(String method, String pattern, boolean keyed, boolean fromState, Handler handler) {
    Route(String method, String pattern, boolean keyed, Handler handler) {
        this(method, pattern, keyed, false, handler);
    }

    /** The same, answered from the replicated state. */
    Route ofState() {
        return new Route(method, pattern, keyed, true, handler);
    }

    /** Answers a call. */
    @FunctionalInterface
    interface Handler {
        Reply handle(Call call) throws ApiException, IOException, InterruptedException;
    }

    /**
     * The variables if the path matches, else null.
     *
     * @param segments of the path, raw
     */
    @Nullable
    Map<String, String> match(List<String> segments) throws ApiException {
        List<String> parts = segments(pattern);
        if (parts.size() != segments.size()) {
            return null;
        }
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            if (part.startsWith("{")) {
                // A plus is a plus in a path.
                variables.put(
                        part.substring(1, part.length() - 1),
                        Call.decode(segments.get(i).replace("+", "%2B")));
            } else if (!part.equals(segments.get(i))) {
                return null;
            }
        }
        return variables;
    }

    /** Clients differ in whether they end an address with a slash. */
    static List<String> segments(String path) {
        String plain = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        return List.of(plain.split("/", -1));
    }
}
