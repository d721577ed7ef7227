package io.evenkeel.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.server.query.ZoneAnswer;
import io.evenkeel.server.query.ZoneAnswers;
import io.evenkeel.server.query.ZoneCounters;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;

final class BusiestZonesTest {
    private static final long ROUND = TimeUnit.SECONDS.toNanos(10);

    private Catalog catalog = new Catalog();
    private long now;

    /** With the number as its id, and in its name. */
    private void create(int... numbers) throws IOException {
        for (int number : numbers) {
            create(number, "z" + number + ".");
        }
    }

    private void create(int id, String name) throws IOException {
        Name apex = Name.fromString(name);
        List<Record> records = List.of(
                new SOARecord(apex, DClass.IN, 60, apex, apex, 1, 3600, 600, 86_400, 60),
                new NSRecord(apex, DClass.IN, 60, Name.fromString("ns.elsewhere.")));
        catalog = catalog.with(Zone.load(apex, new ZoneVersion(id, id), records));
    }

    private static void ask(ZoneCounters loop, int zone, int times) {
        for (int i = 0; i < times; i++) {
            loop.count(zone, ZoneAnswer.DATA);
        }
    }

    /** After a further round: all answers of each zone. */
    private Map<String, Long> round(BusiestZones busiest) {
        now += ROUND;
        return totals(busiest);
    }

    private Map<String, Long> totals(BusiestZones busiest) {
        Map<String, Long> totals = new HashMap<>();
        for (BusiestZones.Counted counted : busiest.look(catalog, now)) {
            long total = counted.answers().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            assertThat(totals.put(counted.zone(), total)).as(counted.zone()).isNull();
        }
        return totals;
    }

    @Test
    void aZoneIsCountedByItselfFromThenOnAndKeepsWhatItHadWithTheOthers() throws IOException {
        create(1, 2);
        ZoneAnswers answers = new ZoneAnswers(2);
        BusiestZones busiest = new BusiestZones(answers, now);
        ZoneCounters one = answers.loop();
        ZoneCounters other = answers.loop();
        ask(one, 1, 3);
        ask(other, 1, 4);
        assertThat(totals(busiest)).isEqualTo(Map.of("other", 7L));
        assertThat(round(busiest)).isEqualTo(Map.of("other", 7L, "z1.", 0L));
        ask(one, 1, 5);
        ask(other, 1, 6);
        ask(other, 2, 1);
        assertThat(totals(busiest)).isEqualTo(Map.of("other", 8L, "z1.", 11L));
        assertThat(round(busiest)).isEqualTo(Map.of("other", 8L, "z1.", 11L, "z2.", 0L));
    }

    @Test
    void eachKindIsCountedByItself() throws IOException {
        create(1);
        ZoneAnswers answers = new ZoneAnswers(1);
        BusiestZones busiest = new BusiestZones(answers, now);
        ZoneCounters loop = answers.loop();
        ask(loop, 1, 1);
        round(busiest);
        for (ZoneAnswer answer : ZoneAnswer.values()) {
            for (int i = 0; i <= answer.name().length(); i++) {
                loop.count(1, answer);
            }
        }
        Map<ZoneAnswer, Long> counts = busiest.look(catalog, now).getLast().answers();
        assertThat(counts).hasSize(ZoneAnswer.values().length);
        counts.forEach(
                (answer, count) -> assertThat(count).isEqualTo(answer.name().length() + 1));
    }

    @Test
    void onlyAZoneThatIsMuchBusierTakesThePlaceOfAnother() throws IOException {
        create(1, 2);
        ZoneAnswers answers = new ZoneAnswers(1);
        BusiestZones busiest = new BusiestZones(answers, now);
        ZoneCounters loop = answers.loop();
        ask(loop, 1, 100);
        assertThat(round(busiest)).containsKey("z1.");
        ask(loop, 1, 100);
        ask(loop, 2, 190);
        assertThat(round(busiest)).isEqualTo(Map.of("other", 290L, "z1.", 100L));
        ask(loop, 2, 210); // and the one that is shown has none this time
        assertThat(round(busiest)).isEqualTo(Map.of("other", 500L, "z2.", 0L));
        ask(loop, 1, 7);
        ask(loop, 2, 9);
        assertThat(totals(busiest)).isEqualTo(Map.of("other", 507L, "z2.", 9L));
    }

    @Test
    void whatTheOthersHaveNeverFallsWhoeverComesAndGoes() throws IOException {
        create(1, 2, 3, 4, 5, 6);
        ZoneAnswers answers = new ZoneAnswers(2);
        BusiestZones busiest = new BusiestZones(answers, now);
        ZoneCounters loop = answers.loop();
        Map<String, Long> before = Map.of();
        List<String> left = new ArrayList<>();
        for (int round = 0; round < 2_000; round++) {
            ask(loop, 1 + round / 300 % 6, 10 + round % 5);
            ask(loop, 1 + round % 6, 1);
            Map<String, Long> after = round(busiest);
            for (Map.Entry<String, Long> one : before.entrySet()) {
                if (after.containsKey(one.getKey())) {
                    assertThat(after.get(one.getKey())).isGreaterThanOrEqualTo(one.getValue());
                } else {
                    left.add(one.getKey());
                }
            }
            assertThat(after).containsKey("other").hasSizeLessThanOrEqualTo(3);
            before = after;
        }
        assertThat(left).isNotEmpty().doesNotContain("other");
    }

    @Test
    void placesChangeHandsSeldom() throws IOException {
        create(1, 2, 3, 4);
        ZoneAnswers answers = new ZoneAnswers(1);
        BusiestZones busiest = new BusiestZones(answers, now);
        ZoneCounters loop = answers.loop();
        ask(loop, 1, 1);
        round(busiest);
        ask(loop, 2, 100);
        assertThat(round(busiest)).containsKey("z2.");
        ask(loop, 3, 10_000);
        assertThat(round(busiest)).containsKey("z2."); // the one change of an hour is used up
        now += TimeUnit.HOURS.toNanos(1);
        ask(loop, 4, 1_000_000);
        assertThat(round(busiest)).containsKey("z4.");
    }

    @Test
    void aZoneThatIsDeletedLeavesItsPlaceAndOneMadeAnewBeginsAnew() throws IOException {
        create(1, 2);
        ZoneAnswers answers = new ZoneAnswers(1);
        BusiestZones busiest = new BusiestZones(answers, now);
        ZoneCounters loop = answers.loop();
        ask(loop, 1, 5);
        round(busiest);
        ask(loop, 1, 5);
        assertThat(totals(busiest)).containsEntry("z1.", 5L);
        catalog = catalog.without(Name.fromConstantString("z1."));
        ask(loop, 2, 1);
        assertThat(round(busiest)).isEqualTo(Map.of("other", 6L, "z2.", 0L));
        catalog = catalog.without(Name.fromConstantString("z2."));
        create(3, "z2.");
        ask(loop, 3, 2);
        assertThat(round(busiest)).isEqualTo(Map.of("other", 8L, "z2.", 0L));
        ask(loop, 3, 2);
        assertThat(totals(busiest)).isEqualTo(Map.of("other", 8L, "z2.", 2L));
    }

    @Test
    void votesOfALoopThatIsIdleCountOnce() throws IOException {
        create(1, 2);
        ZoneAnswers answers = new ZoneAnswers(1);
        BusiestZones busiest = new BusiestZones(answers, now);
        ZoneCounters idle = answers.loop();
        ZoneCounters busy = answers.loop();
        ask(idle, 2, 25);
        ask(busy, 1, 30);
        assertThat(round(busiest)).containsKey("z1.");
        for (int i = 0; i < 100; i++) {
            ask(busy, 1, 1);
            assertThat(round(busiest)).containsKey("z1.");
        }
    }

    @Test
    void theBusiestOfVeryManyZonesIsFound() throws IOException {
        create(50_000);
        ZoneAnswers answers = new ZoneAnswers(1);
        BusiestZones busiest = new BusiestZones(answers, now);
        ZoneCounters loop = answers.loop();
        for (int i = 0; i < 100_000; i++) {
            loop.count(i, ZoneAnswer.DATA);
            if (i % 50 == 0) {
                loop.count(50_000, ZoneAnswer.DATA);
            }
        }
        assertThat(round(busiest)).containsKey("z50000.");
    }

    @Test
    void manyZonesAreShownOneByOne() throws IOException {
        ZoneAnswers answers = new ZoneAnswers(ZoneAnswers.MOST_ZONES);
        BusiestZones busiest = new BusiestZones(answers, now);
        ZoneCounters loop = answers.loop();
        for (int zone = 1; zone <= ZoneAnswers.MOST_ZONES; zone++) {
            create(zone);
        }
        for (int round = 0; round < 20; round++) {
            for (int zone = 1; zone <= ZoneAnswers.MOST_ZONES; zone++) {
                loop.count(zone, ZoneAnswer.NODATA);
            }
            round(busiest);
        }
        assertThat(totals(busiest)).hasSize(ZoneAnswers.MOST_ZONES + 1);
    }

    @Test
    void withoutPlacesAllAreCountedTogether() throws IOException {
        create(1);
        ZoneAnswers answers = new ZoneAnswers(0);
        BusiestZones busiest = new BusiestZones(answers, now);
        ask(answers.loop(), 1, 5);
        assertThat(round(busiest)).isEqualTo(Map.of("other", 5L));
        assertThatThrownBy(() -> new ZoneAnswers(ZoneAnswers.MOST_ZONES + 1))
                .hasMessage("1001 zones; possible: 0 to 1000");
    }
}
