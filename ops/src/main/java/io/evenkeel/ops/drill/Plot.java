package io.evenkeel.ops.drill;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Lines over the seconds of a run, as SVG that takes its colours from the page that it stands in.
 *
 * @param title what is shown, with its unit
 * @param lines of which a page has eight colours
 * @param shades times that are marked, as of faults
 * @param most the largest value that there must be room for
 */
record Plot(String title, List<Line> lines, List<Shade> shades, double seconds, double most) {
    /** Of the drawing; the page scales it. */
    static final int WIDTH = 900;

    static final int LEFT = 70;
    static final int RIGHT = 15;
    private static final int HEIGHT = 190;
    private static final int TOP = 10;
    private static final int BOTTOM = 25;
    /** Ticks of an axis, about. */
    private static final int TICKS = 4;

    private static final int TIME_TICKS = 10;

    /**
     * One value for each second; below zero: none, and the line has a gap.
     *
     * @param color of the page, from 0 on; {@link #MODELLED}: nobody measured it, so it is dashed, in a colour of its own, and above the others
     */
    record Line(String name, List<Long> values, int color) {
        static final int MODELLED = -1;

        private boolean modelled() {
            return color == MODELLED;
        }

        /** For the colours of the page. */
        private String kind() {
            return modelled() ? "model" : "c" + color;
        }
    }

    /** From one second to another. */
    record Shade(double from, double to) {}

    String svg() {
        double step = step(most, TICKS);
        double top = Math.max(step, Math.ceil(most / step) * step);
        StringBuilder svg = new StringBuilder("<h3>%s</h3>%n<p class=\"key\">".formatted(Report.escaped(title)));
        for (Line line : lines) {
            svg.append("<span class=\"%s\">%s %s</span> "
                    .formatted(line.kind(), line.modelled() ? "- -" : "&#9632;", Report.escaped(line.name())));
        }
        svg.append("</p>%n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n"
                .formatted(WIDTH, HEIGHT, Report.escaped(title)));
        svg.append(shaded(shades, seconds, TOP, HEIGHT - BOTTOM - TOP));
        for (double value = 0; value <= top + step / 2; value += step) {
            double y = y(value, top);
            svg.append("<path class=\"grid\" d=\"M%d %sH%d\"/>%n".formatted(LEFT, number(y), WIDTH - RIGHT));
            svg.append("<text class=\"y\" x=\"%d\" y=\"%s\">%s</text>%n"
                    .formatted(LEFT - 8, number(y + 4), amount(value)));
        }
        svg.append(timeAxis(seconds, HEIGHT - 7));
        for (boolean modelled : List.of(false, true)) {
            for (Line line : lines.reversed()) { // the first is the most important, and on top
                if (line.modelled() == modelled) {
                    for (String points : strokes(line, top)) {
                        svg.append("<polyline class=\"%s\" points=\"%s\"/>%n".formatted(line.kind(), points));
                    }
                }
            }
        }
        return svg.append("</svg>").toString();
    }

    /** The points of each stretch without a gap. */
    private List<String> strokes(Line line, double top) {
        List<String> strokes = new ArrayList<>();
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < line.values().size(); i++) {
            long value = line.values().get(i);
            if (value >= 0) {
                points.append(number(x(i + 1, seconds))).append(',').append(number(y((double) value, top)));
                points.append(' ');
            } else if (!points.isEmpty()) {
                strokes.add(points.toString().strip());
                points.setLength(0);
            }
        }
        if (!points.isEmpty()) {
            strokes.add(points.toString().strip());
        }
        return strokes;
    }

    static double x(double second, double seconds) {
        return LEFT + second / seconds * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double value, double top) {
        return HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP);
    }

    static String shaded(List<Shade> shades, double seconds, double top, double height) {
        StringBuilder svg = new StringBuilder();
        for (Shade shade : shades) {
            double from = x(shade.from(), seconds);
            svg.append("<rect class=\"shade\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>%n"
                    .formatted(
                            number(from),
                            number(top),
                            number(Math.max(1, x(shade.to(), seconds) - from)),
                            number(height)));
        }
        return svg.toString();
    }

    static String timeAxis(double seconds, double y) {
        StringBuilder svg = new StringBuilder();
        double step = Math.max(1, step(seconds, TIME_TICKS));
        for (double second = 0; second <= seconds; second += step) {
            svg.append("<text class=\"x\" x=\"%s\" y=\"%s\">%.0f s</text>%n"
                    .formatted(number(x(second, seconds)), number(y), second));
        }
        return svg.toString();
    }

    /** 1, 2 or 5 times a power of ten, so that about so many make the whole. */
    private static double step(double whole, int count) {
        double rough = Math.max(whole, 1) / count;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double digits = rough / power;
        return power * (digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10);
    }

    private static String amount(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%.2f", value);
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
