package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlotTest {
    @Test
    void aLineHasAGapWhereThereIsNoValue() {
        Plot.Line line = new Plot.Line("n2", List.of(1L, 2L, -1L, 4L), 2);
        String svg = new Plot("t", List.of(line), List.of(), 4, 4).svg();
        assertThat(svg.split("<polyline class=\"c2\"", -1)).hasSize(3);
        assertThat(svg).contains("<span class=\"c2\">&#9632; n2</span>").doesNotContain("-1");
    }

    @Test
    void aModelledLineIsDashedAndAboveTheOthers() {
        Plot.Line modelled = new Plot.Line("m", List.of(1L), Plot.Line.MODELLED);
        Plot.Line measured = new Plot.Line("n1", List.of(1L), 0);
        String svg = new Plot("t", List.of(modelled, measured), List.of(), 1, 1).svg();
        assertThat(svg.indexOf("<polyline class=\"model\"")).isGreaterThan(svg.indexOf("<polyline class=\"c0\""));
        assertThat(svg).contains("<span class=\"model\">- - m</span>");
    }
}
