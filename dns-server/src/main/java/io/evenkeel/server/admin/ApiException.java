package io.evenkeel.server.admin;

import java.util.List;
import java.util.Map;

/** An answer that is no success: status, one line, and every problem that was found. */
final class ApiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient List<String> problems;
    private final transient Map<String, String> headers;

    ApiException(int status, String message) {
        this(status, message, List.of(), Map.of());
    }

    ApiException(int status, String message, List<String> problems) {
        this(status, message, problems, Map.of());
    }

    ApiException(int status, String message, List<String> problems, Map<String, String> headers) {
        super(message);
        this.status = status;
        this.problems = problems;
        this.headers = headers;
    }

    /** 422 with every problem; the first one, and how many more, is the one line. */
    static ApiException invalid(List<String> problems) {
        String first = problems.isEmpty() ? "not acceptable" : problems.getFirst();
        int more = problems.size() - 1;
        return new ApiException(
                422,
                more <= 0 ? first : first + " (and " + more + " more)",
                problems.subList(0, Math.min(problems.size(), AdminLimits.PROBLEMS)));
    }

    static ApiException invalid(String problem) {
        return invalid(List.of(problem));
    }

    /** What a request gave, in quotes and short enough for a message. */
    static String shown(String given) {
        int most = AdminLimits.SHOWN_CHARS;
        return "\"" + (given.length() <= most ? given : given.substring(0, most) + "...") + "\"";
    }

    int status() {
        return status;
    }

    List<String> problems() {
        return problems;
    }

    Map<String, String> headers() {
        return headers;
    }
}
