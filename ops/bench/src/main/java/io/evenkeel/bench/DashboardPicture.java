package io.evenkeel.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.Range;
import org.jfree.data.time.Second;
import org.jfree.data.time.TimeSeries;
import org.jfree.data.time.TimeSeriesCollection;

/** One dashboard, laid out on the grid of Grafana. */
final class DashboardPicture {
    private static final int WIDTH = 1600;
    private static final int COLUMNS = 24;
    private static final int ROW = 28;
    private static final int HEAD = 40;
    private static final int GAP = 4;
    private static final int TITLE = 22;
    /** A legend of more would leave no room for its graph. */
    private static final int LEGEND = 12;

    /** A range of less is of lines that stay where they are: the axis begins at zero. */
    private static final double FLAT = 1e-6;

    private static final Color GROUND = new Color(0xf4f5f5);
    private static final Color TEXT = new Color(0x24292e);
    private static final Map<String, Color> COLORS =
            Map.of("green", new Color(0x56a64b), "orange", new Color(0xff9830), "red", new Color(0xe02f44));
    private static final Color[] LINES = {
        new Color(0x56a64b), new Color(0xe0b400), new Color(0x3274d9), new Color(0xfa6400), new Color(0xe02f44),
        new Color(0x8f3bb8), new Color(0x1f9e9e), new Color(0x7a5230), new Color(0x5a6872), new Color(0xd683ce)
    };
    private static final Pattern LABEL = Pattern.compile("\\{\\{ *(\\w+) *}}");

    private final JsonNode board;
    private final Dashboards.Prometheus prometheus;
    private final Instant begin;
    private final Instant end;

    DashboardPicture(JsonNode board, Dashboards.Prometheus prometheus, Instant begin, Instant end) {
        this.board = board;
        this.prometheus = prometheus;
        this.begin = begin;
        this.end = end;
    }

    void write(Path file) throws IOException, InterruptedException {
        int rows = 0;
        for (JsonNode panel : board.path("panels")) {
            JsonNode at = panel.path("gridPos");
            rows = Math.max(rows, at.path("y").asInt() + at.path("h").asInt());
        }
        // A palette of 256 colours makes a small file.
        BufferedImage image = new BufferedImage(WIDTH, HEAD + rows * ROW + GAP, BufferedImage.TYPE_BYTE_INDEXED);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_DITHERING, RenderingHints.VALUE_DITHER_DISABLE);
        g.setColor(GROUND);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        text(g, board.path("title").asText(), Font.BOLD, 20, 10, 27);
        for (JsonNode panel : board.path("panels")) {
            JsonNode at = panel.path("gridPos");
            int left = at.path("x").asInt() * WIDTH / COLUMNS;
            int right = (at.path("x").asInt() + at.path("w").asInt()) * WIDTH / COLUMNS;
            Rectangle box = new Rectangle(
                    left + GAP / 2,
                    HEAD + at.path("y").asInt() * ROW,
                    right - left - GAP,
                    at.path("h").asInt() * ROW - GAP);
            String title = panel.path("title").asText();
            if (panel.path("type").asText().equals("row")) {
                text(g, title, Font.BOLD, 15, box.x + 8, box.y + 19);
                continue;
            }
            g.setColor(Color.WHITE);
            g.fill(box);
            g.clip(box);
            switch (panel.path("type").asText()) {
                case "stat" -> stat(g, panel, box);
                case "timeseries", "state-timeline" -> graph(g, panel, box);
                case "table" -> table(g, panel, box);
                default -> throw new IOException("no panel of this type can be drawn: " + panel.path("type"));
            }
            g.setClip(null);
        }
        g.dispose();
        ImageIO.write(image, "png", file.toFile());
    }

    private static void text(Graphics2D g, String text, int style, int size, int x, int y) {
        g.setColor(TEXT);
        g.setFont(new Font(Font.SANS_SERIF, style, size));
        g.drawString(text, x, y);
    }

    private static String expression(JsonNode target) {
        return target.path("expr")
                .asText()
                .replace("$__rate_interval", "15s")
                .replace("$job", "evenkeel")
                .replace("$instance", ".+");
    }

    /** As Grafana makes it of {@code legendFormat}: labels in braces; without a format, all labels. */
    static String legend(String format, JsonNode labels) {
        if (format.isEmpty()) {
            return labels.toString();
        }
        return LABEL.matcher(format)
                .replaceAll(label ->
                        Matcher.quoteReplacement(labels.path(label.group(1)).asText()));
    }

    private void stat(Graphics2D g, JsonNode panel, Rectangle box) throws IOException, InterruptedException {
        JsonNode found = prometheus.at(expression(panel.path("targets").path(0)), end);
        JsonNode defaults = panel.at("/fieldConfig/defaults");
        String shown = "No data";
        if (!found.isEmpty()) {
            String raw = found.path(0).path("value").path(1).asText();
            double value = number(raw);
            shown = unit(defaults.path("unit").asText(), value, end);
            for (JsonNode mapping : defaults.path("mappings")) {
                shown = mapping.path("options").path(raw).path("text").asText(shown);
            }
            Color color = null;
            for (JsonNode step : defaults.path("thresholds").path("steps")) {
                if (step.path("value").isNull() || value >= step.path("value").asDouble()) {
                    color = COLORS.get(step.path("color").asText());
                }
            }
            if (color != null && panel.at("/options/colorMode").asText().equals("background")) {
                g.setColor(color);
                g.fill(box);
            }
        }
        text(g, panel.path("title").asText(), Font.BOLD, 12, box.x + 8, box.y + 16);
        g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 30));
        while (g.getFontMetrics().stringWidth(shown) > box.width - 2 * GAP) {
            g.setFont(g.getFont().deriveFont(g.getFont().getSize2D() - 1));
        }
        int width = g.getFontMetrics().stringWidth(shown);
        g.drawString(shown, box.x + (box.width - width) / 2, box.y + box.height / 2 + 20);
    }

    private void graph(Graphics2D g, JsonNode panel, Rectangle box) throws IOException, InterruptedException {
        text(g, panel.path("title").asText(), Font.BOLD, 12, box.x + 8, box.y + 16);
        boolean states = panel.path("type").asText().equals("state-timeline");
        Map<String, JsonNode> all = new TreeMap<>();
        for (JsonNode target : panel.path("targets")) {
            for (JsonNode one : prometheus.range(expression(target), begin, end)) {
                all.putIfAbsent(legend(target.path("legendFormat").asText(), one.path("metric")), one.path("values"));
            }
        }
        if (all.isEmpty()) {
            text(g, "No data", Font.PLAIN, 14, box.x + box.width / 2 - 28, box.y + box.height / 2);
            return;
        }
        TimeSeriesCollection lines = new TimeSeriesCollection();
        XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
        int line = 0;
        for (Map.Entry<String, JsonNode> one : all.entrySet()) {
            TimeSeries series = new TimeSeries(one.getKey());
            long last = 0;
            for (JsonNode point : one.getValue()) {
                long second = point.path(0).asLong();
                if (last > 0 && second > last + 1) {
                    series.addOrUpdate(new Second(new Date((last + 1) * 1000)), null);
                }
                double value = number(point.path(1).asText());
                Number shown = states ? (Number) (double) (all.size() - line) : value;
                series.addOrUpdate(new Second(new Date(second * 1000)), Double.isFinite(value) ? shown : null);
                last = second;
            }
            lines.addSeries(series);
            renderer.setSeriesPaint(line, LINES[line % LINES.length]);
            renderer.setSeriesStroke(
                    line, new BasicStroke(states ? 8 : 1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND));
            renderer.setSeriesVisibleInLegend(line, line < LEGEND);
            line++;
        }
        JFreeChart chart = ChartFactory.createTimeSeriesChart(null, null, null, lines, true, false, false);
        chart.setBackgroundPaint(Color.WHITE);
        chart.getLegend().setItemFont(new Font(Font.SANS_SERIF, Font.PLAIN, 10));
        chart.getLegend().setBorder(0, 0, 0, 0);
        XYPlot plot = chart.getXYPlot();
        plot.setRenderer(renderer);
        plot.setBackgroundPaint(Color.WHITE);
        plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
        plot.setDomainGridlinesVisible(false);
        plot.setOutlineVisible(false);
        plot.getDomainAxis().setTickLabelFont(new Font(Font.SANS_SERIF, Font.PLAIN, 10));
        NumberAxis axis = (NumberAxis) plot.getRangeAxis();
        axis.setTickLabelFont(new Font(Font.SANS_SERIF, Font.PLAIN, 10));
        axis.setAutoRangeIncludesZero(panel.at("/fieldConfig/defaults/min").isNumber());
        Range found = axis.getRange();
        if (found.getUpperBound() - found.getLowerBound() <= FLAT) {
            axis.setRange(Math.min(0, found.getCentralValue()), Math.max(1, 2 * found.getCentralValue()));
        }
        plot.getDomainAxis().setRange(begin.toEpochMilli(), end.toEpochMilli());
        axis.setNumberFormatOverride(
                new Units(panel.at("/fieldConfig/defaults/unit").asText()));
        if (states) {
            axis.setRange(0, all.size() + 1);
            axis.setTickLabelsVisible(false);
        }
        chart.draw(g, new Rectangle(box.x, box.y + TITLE, box.width, box.height - TITLE));
    }

    private void table(Graphics2D g, JsonNode panel, Rectangle box) throws IOException, InterruptedException {
        text(g, panel.path("title").asText(), Font.BOLD, 12, box.x + 8, box.y + 16);
        Map<String, Map<String, String>> rows = new TreeMap<>();
        Map<String, Integer> columns = new TreeMap<>();
        for (JsonNode target : panel.path("targets")) {
            for (JsonNode one : prometheus.at(expression(target), end)) {
                Map<String, String> row =
                        rows.computeIfAbsent(one.at("/metric/instance").asText(), _ -> new TreeMap<>());
                one.path("metric").properties().forEach(label -> {
                    row.put(label.getKey(), label.getValue().asText());
                    columns.put(label.getKey(), 0);
                });
            }
        }
        if (rows.isEmpty()) {
            text(g, "No data", Font.PLAIN, 14, box.x + box.width / 2 - 28, box.y + box.height / 2);
        }
        int x = box.x + 8;
        for (String column : columns.keySet()) {
            int y = box.y + 40;
            text(g, column, Font.BOLD, 12, x, y);
            for (Map<String, String> row : rows.values()) {
                y += 22;
                text(g, row.getOrDefault(column, ""), Font.PLAIN, 12, x, y);
            }
            x += box.width / columns.size();
        }
    }

    private static double number(String value) {
        return switch (value) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(value);
        };
    }

    /** A value with its unit, in the words of Grafana. */
    static String unit(String unit, double value, Instant now) {
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
        }
        return switch (unit) {
            case "s" -> seconds(value);
            case "bytes" -> scaled(value, 1024, " B", " KiB", " MiB", " GiB", " TiB");
            case "Bps" -> scaled(value, 1000, " B/s", " kB/s", " MB/s", " GB/s");
            case "percentunit" -> digits(100 * value) + " %";
            case "reqps" -> scaled(value, 1000, " req/s", "K req/s", "M req/s");
            case "ops" -> scaled(value, 1000, " ops/s", "K ops/s", "M ops/s");
            case "dateTimeFromNow" ->
                "in "
                        + seconds(Duration.between(now, Instant.ofEpochMilli((long) value))
                                .toSeconds());
            default -> scaled(value, 1000, "", " K", " Mil", " Bil");
        };
    }

    private static String seconds(double value) {
        double size = Math.abs(value);
        if (size == 0) {
            return "0 s";
        }
        if (size < 1) {
            return size < 1e-3 ? digits(value * 1e6) + " µs" : digits(value * 1e3) + " ms";
        }
        if (size < 120) {
            return digits(value) + " s";
        }
        if (size < 7200) {
            return digits(value / 60) + " min";
        }
        return size < 172_800
                ? digits(value / 3600) + " h"
                : size < 63_072_000 ? digits(value / 86_400) + " d" : digits(value / 31_536_000) + " a";
    }

    private static String scaled(double value, int step, String... units) {
        int unit = 0;
        double rest = value;
        while (Math.abs(rest) >= step && unit < units.length - 1) {
            rest /= step;
            unit++;
        }
        return digits(rest) + units[unit];
    }

    /** Three that count. */
    private static String digits(double value) {
        if (value == 0) {
            return "0";
        }
        return new java.math.BigDecimal(value)
                .round(new java.math.MathContext(Math.abs(value) >= 100 ? 4 : 3))
                .stripTrailingZeros()
                .toPlainString();
    }

    /** Labels of an axis. */
    private static final class Units extends NumberFormat {
        private static final long serialVersionUID = 1;

        private final String unit;

        Units(String unit) {
            this.unit = unit;
        }

        @Override
        public StringBuffer format(double value, StringBuffer to, FieldPosition at) {
            return to.append(unit(unit, value, Instant.EPOCH));
        }

        @Override
        public StringBuffer format(long value, StringBuffer to, FieldPosition at) {
            return format((double) value, to, at);
        }

        @Override
        public Number parse(String text, ParsePosition at) {
            throw new UnsupportedOperationException("labels are not read");
        }
    }
}
