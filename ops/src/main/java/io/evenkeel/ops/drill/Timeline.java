package io.evenkeel.ops.drill;

import io.evenkeel.ops.drill.ClusterBooks.Moment;
import io.evenkeel.ops.fleet.FleetNode;
import java.util.List;
import java.util.Objects;

/** Bars over the time of a run, as SVG that takes its colours from the page that it stands in. */
final class Timeline {
    private static final int ROW = 26;
    /** Of alerts, in their order of time; the JSON beside the page has them all. */
    private static final int MOST_ALERTS = 30;

    private final double seconds;
    private final List<Plot.Shade> shades;

    Timeline(double seconds, List<Plot.Shade> shades) {
        this.seconds = seconds;
        this.shades = shades;
    }

    /** Of each node a bar: as what it sees itself, and when something was done to it. */
    String roles(List<FleetNode> nodes, List<Moment> moments) {
        if (moments.isEmpty() && shades.isEmpty()) {
            return "";
        }
        StringBuilder svg = begin(
                "Roles and faults",
                "<span class=\"leader\">&#9632; leads</span> <span class=\"follower\">&#9632; follows</span> <span class=\"other\">&#9632; another state</span> no bar: says nothing; grey: a fault, a silence or a delay",
                nodes.size());
        for (int i = 0; i < nodes.size(); i++) {
            String node = nodes.get(i).name();
            svg.append("<text class=\"y\" x=\"%d\" y=\"%d\">%s</text>%n"
                    .formatted(Plot.LEFT - 8, i * ROW + 17, Report.escaped(node)));
            List<Moment> own = moments.stream()
                    .filter(moment -> moment.node().equals(node))
                    .toList();
            bars(svg, own, i * ROW + 5);
            for (Moment moment : own) {
                if (moment.kind() == Moment.Kind.FAULT) {
                    svg.append("<path class=\"mark\" d=\"M%s %dv%d\"><title>%s</title></path>%n"
                            .formatted(
                                    Plot.number(Plot.x(moment.seconds(), seconds)),
                                    i * ROW + 1,
                                    ROW - 2,
                                    Report.escaped(moment.text())));
                }
            }
        }
        return svg.append("</svg>").toString();
    }

    private void bars(StringBuilder svg, List<Moment> own, int y) {
        List<Moment> roles =
                own.stream().filter(moment -> moment.kind() == Moment.Kind.ROLE).toList();
        for (int i = 0; i < roles.size(); i++) {
            double to = i + 1 < roles.size() ? roles.get(i + 1).seconds() : seconds;
            String role = roles.get(i).what();
            if (!role.isEmpty()) {
                String known = role.equals("leader") || role.equals("follower") ? role : "other";
                bar(svg, known, roles.get(i).seconds(), to, y, 16, role);
            }
        }
    }

    /** Of each alert a bar. */
    String alerts(List<Alarms.Alert> alerts) {
        List<Alarms.Alert> shown = alerts.stream().limit(MOST_ALERTS).toList();
        StringBuilder svg = begin(
                "Alerts",
                "<span class=\"pending\">&#9632; pending</span> <span class=\"page\">&#9632; pages</span> <span class=\"ticket\">&#9632; a ticket</span>"
                        + (alerts.isEmpty() ? "there were none" : ""),
                shown.size());
        for (int i = 0; i < shown.size(); i++) {
            Alarms.Alert alert = shown.get(i);
            int y = i * ROW + 15;
            double over = Objects.requireNonNullElse(alert.over(), seconds);
            double fires = Objects.requireNonNullElse(alert.firing(), over);
            bar(svg, "pending", alert.since(), fires, y, 8, alert.text() + " is pending");
            bar(svg, alert.isPage() ? "page" : "ticket", fires, over, y, 8, alert.text() + " fires");
            svg.append("<text x=\"%s\" y=\"%d\"%s>%s</text>%n"
                    .formatted(
                            Plot.number(labelAt(alert.since())),
                            y - 3,
                            alert.since() > seconds / 2 ? " class=\"y\"" : "",
                            Report.escaped(alert.text())));
        }
        return svg.append("</svg>").toString();
    }

    /** Where its bar begins; of one late in the run where the run ends, so that the words have room to the left. */
    private double labelAt(double since) {
        return Plot.x(since > seconds / 2 ? seconds : since, seconds);
    }

    private StringBuilder begin(String title, String key, int rows) {
        int height = ROW * rows + ROW;
        return new StringBuilder(
                        "<h2>%s</h2>%n<p class=\"key\">%s</p>%n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n"
                                .formatted(title, key, Plot.WIDTH, height, title))
                .append(Plot.shaded(shades, seconds, 0, height - ROW))
                .append(Plot.timeAxis(seconds, height - 7));
    }

    private void bar(StringBuilder svg, String kind, double from, double to, int y, int height, String title) {
        double left = Plot.x(Math.min(from, seconds), seconds);
        double width = Plot.x(Math.min(to, seconds), seconds) - left;
        if (width > 0) {
            svg.append("<rect class=\"%s\" x=\"%s\" y=\"%d\" width=\"%s\" height=\"%d\"><title>%s</title></rect>%n"
                    .formatted(kind, Plot.number(left), y, Plot.number(width), height, Report.escaped(title)));
        }
    }
}
