package io.evenkeel.bench.peers;

import java.util.Locale;

/** Whether all bars so far were held. */
final class Verdict {
    private boolean held = true;

    boolean held() {
        return held;
    }

    /** Prints the figures against the most that their median may be. */
    void hold(String what, Figures figures, double most) {
        boolean fine = figures.median() <= most;
        held &= fine;
        System.out.printf(
                Locale.ROOT,
                "  %s: %s in %d; bar %.2f: %s%n",
                what,
                figures.spread("%.3f"),
                figures.count(),
                most,
                fine ? "held" : "MISSED");
    }

    /** Something that was to be measured was not reached. */
    void miss(String why) {
        held = false;
        System.out.println("  MISSED: " + why);
    }

    /** Prints the figures against an aim that decides nothing. */
    static void tell(String what, Figures figures, double aim) {
        System.out.printf(
                Locale.ROOT, "  %s: %s in %d; aim %.2f%n", what, figures.spread("%.3f"), figures.count(), aim);
    }
}
