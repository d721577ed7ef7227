package io.evenkeel.zones.check;

import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.check.ZoneProblem.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects problems up to the limit and counts the rest. Warnings never push an error out. */
public final class ProblemList {
    private final List<ZoneProblem> errors;
    private final List<ZoneProblem> warnings;
    private int errorCount;
    private int warningCount;

    /** Without any. */
    public ProblemList() {
        errors = new ArrayList<>();
        warnings = new ArrayList<>();
    }

    /** With those of another at the beginning. */
    public ProblemList(ProblemList other) {
        errors = new ArrayList<>(other.errors);
        warnings = new ArrayList<>(other.warnings);
        errorCount = other.errorCount;
        warningCount = other.warningCount;
    }

    /** Counts it, and lists it if there is room. One thread at a time. */
    public void add(ZoneProblem problem) {
        List<ZoneProblem> list = problem.isError() ? errors : warnings;
        if (list.size() < ZoneLimits.MAX_PROBLEMS) {
            list.add(problem);
        }
        if (problem.isError()) {
            errorCount++;
        } else {
            warningCount++;
        }
    }

    /** Whether a further problem of this severity would be listed: who would have to search for its place can ask. */
    boolean lists(Severity severity) {
        return (severity == Severity.ERROR ? errors : warnings).size() < ZoneLimits.MAX_PROBLEMS;
    }

    /** How many errors there were, listed or not. */
    public int errors() {
        return errorCount;
    }

    /** In order of line, those without a line last; at the end how many more there are. */
    public List<ZoneProblem> toList(@Nullable String file) {
        List<ZoneProblem> listed = new ArrayList<>(errors);
        listed.addAll(warnings.subList(0, Math.min(warnings.size(), ZoneLimits.MAX_PROBLEMS - errors.size())));
        int more = errorCount + warningCount - listed.size();
        listed.sort(Comparator.comparing((ZoneProblem problem) -> problem.file() == null ? "" : problem.file())
                .thenComparingInt(problem -> problem.line() == 0 ? Integer.MAX_VALUE : problem.line()));
        if (more > 0) {
            Severity severity = errorCount > errors.size() ? Severity.ERROR : Severity.WARNING;
            listed.add(new ZoneProblem(severity, file, 0, null, Fault.limit("and " + more + " more problems")));
        }
        return List.copyOf(listed);
    }
}
