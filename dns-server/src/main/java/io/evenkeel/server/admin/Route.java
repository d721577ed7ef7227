package io.evenkeel.server.admin;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One operation of the API.
 *
 * @param pattern segments; {@code {name}} stands for any one
 * @param access who may call it
 * @param fromState whether it answers from the replicated state, which a node has not whole while it starts
 */
record Route(String method, String pattern, Access access, boolean fromState, Handler handler) {
    Route(String method, String pattern, Access access, Handler handler) {
        this(method, pattern, access, false, handler);
    }

    /** The same, answered from the replicated state. */
    Route ofState() {
        return new Route(method, pattern, access, true, handler);
    }

    /** RFC 9110 §9.3.2: what monitoring asks, it may ask without the body; the exchange leaves that away. */
    boolean takesHead() {
        return access == Access.OPEN && method.equals("GET");
    }

    /** Answers a call. */
    @FunctionalInterface
    interface Handler {
        Reply handle(Call call) throws ApiException, IOException, InterruptedException;
    }

    /** @param segments of the path, raw */
    boolean matches(List<String> segments) {
        List<String> parts = segments(pattern);
        if (parts.size() != segments.size()) {
            return false;
        }
        for (int i = 0; i < parts.size(); i++) {
            if (!isVariable(parts.get(i)) && !parts.get(i).equals(segments.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * What the path has for each {@code {name}}.
     *
     * @param segments of a path that {@link #matches}, raw
     */
    Map<String, String> variables(List<String> segments) throws ApiException {
        List<String> parts = segments(pattern);
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            if (isVariable(part)) {
                // A plus is a plus in a path.
                variables.put(
                        part.substring(1, part.length() - 1),
                        Call.decode(segments.get(i).replace("+", "%2B")));
            }
        }
        return variables;
    }

    private static boolean isVariable(String part) {
        return part.startsWith("{");
    }

    /** Clients differ in whether they end an address with a slash. */
    static List<String> segments(String path) {
        String plain = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        return List.of(plain.split("/", -1));
    }
}
