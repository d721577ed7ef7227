package io.evenkeel.ops.verb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTest {
    private static List<String> table(int columns, String... rows) {
        List<List<String>> cells = new ArrayList<>();
        for (String row : rows) {
            cells.add(List.of(row.split("\\|", -1)));
        }
        return Layout.table(cells, true, columns).lines().toList();
    }

    @Test
    void aTableThatFitsIsAsWideAsItsCells() {
        assertThat(table(80, "NODE|STATE|", "n1|open|", "node2|closed|catching up"))
                .containsExactly("NODE   STATE", "n1     open", "node2  closed  catching up");
    }

    @Test
    void wordsOfTheLastColumnGoToTheNextLine() {
        assertThat(table(44, "NODE|NOTE", "n1|no member that leads has been heard for ten minutes"))
                .containsExactly("NODE  NOTE", "n1    no member that leads has been heard", "      for ten minutes");
    }

    @Test
    void aColumnWithoutRoomStandsBelowItsRowWithItsTitle() {
        assertThat(table(
                        41,
                        "NODE|ADMIN|TERM|",
                        "n1|http://[2001:db8:1234:5678::1]:8081|4|",
                        "n2|-|5|no member that leads is heard"))
                .containsExactly(
                        "NODE  TERM",
                        "n1    4",
                        "    admin  http://[2001:db8:1234:5678::1]:8081",
                        "n2    5     no member that leads is heard");
    }

    @Test
    void ofNarrowColumnsTheLastGoesFirst() {
        assertThat(table(20, "NODE|AAAA|BBBB|CCCC", "n1|1|2|3"))
                .containsExactly("NODE  AAAA  BBBB", "n1    1     2", "    cccc  3");
    }

    @Test
    void aLongNameStandsAboveItsRow() {
        String name = "x.".repeat(20);
        assertThat(table(44, "NAME|QUESTIONS", name + "|12", "y.|3"))
                .containsExactly(
                        "NAME" + " ".repeat(29) + "  QUESTIONS",
                        name,
                        " ".repeat(33) + "  12",
                        "y." + " ".repeat(31) + "  3");
    }

    @Test
    void aLongWordOfTheLastColumnStandsBelowItsRowWhole() {
        String word = "A".repeat(60);
        List<List<String>> rows = List.of(List.of("www", "TXT", word), List.of("mail", "A", "192.0.2.1"));
        assertThat(Layout.table(rows, false, 44).lines())
                .containsExactly("www   TXT", "    " + word, "mail  A    192.0.2.1");
    }

    @Test
    void aTableOfManyFiguresFitsToo() {
        List<String> titles = List.of(
                "",
                "asked",
                "/ needed",
                "answered",
                "first %",
                "waiting",
                "late",
                "in vain",
                "gave up",
                "TCP",
                "p50 ms",
                "p99 ms",
                "longest",
                "RCODEs");
        List<String> row = new ArrayList<>(Collections.nCopies(titles.size(), "1234567.8"));
        row.set(0, "doorbells");
        row.set(13, "NOERROR=1234567, SERVFAIL=1234567, NXDOMAIN=1234567, REFUSED=1234567");
        assertThat(Layout.table(List.of(titles, row), true, 80).lines())
                .allSatisfy(line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(80))
                .hasSizeGreaterThan(2)
                .anyMatch(line -> line.contains("longest  1234567.8"));
    }

    @Test
    void sentencesBreakBetweenWordsAndKeepTheirIndent() {
        assertThat(Layout.folded("short\n    + www.example.org. 300 A 192.0.2.1\n", 24)
                        .lines())
                .containsExactly("short", "    + www.example.org.", "      300 A 192.0.2.1");
        assertThat(Layout.folded("as it is  \n", 24)).isEqualTo("as it is  \n");
    }
}
