package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Seeds;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.Change.Edit;
import io.evenkeel.zones.change.Change.EditRRsets;
import io.evenkeel.zones.change.Change.RRsetEdit;
import io.evenkeel.zones.change.ChangeEvaluator.Request;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ZoneContents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The evaluator and the replicated state against a twin that knows nothing of batches, diffs, versions or wire forms. */
class ChangeEvaluatorTwinTest extends ChangeFixture {
    /** The same requests judged one after the other by a model that knows nothing of batches, diffs or versions. */
    @Seeds
    void batchesComeToWhatTheirRequestsWouldOneByOne(long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        long serial = random.nextLong(1L << 32);
        ZoneContents contents = new ZoneContents.Inline(Samples.zone(serial));
        carryOut(List.of(request(new Change.CreateZone(APEX, contents))));
        Model model = new Model(zone());
        for (int round = 0; round < 15; round++) {
            List<Request> batch = new ArrayList<>();
            for (int i = 1 + random.nextInt(8); i > 0; i--) {
                batch.add(new Request(new RequestId(1, random.nextLong()), randomEdit(random), Origin.UNTOLD, true));
            }
            List<ChangeOutcome> outcomes = carryOut(batch);
            for (int i = 0; i < batch.size(); i++) {
                boolean takes = model.take(((EditRRsets) batch.get(i).change()).edits());
                assertThat(outcomes.get(i) instanceof Accepted)
                        .as(
                                "request %s of round %s: %s %s %s",
                                i, round, outcomes.get(i), batch.get(i).change(), model.texts())
                        .isEqualTo(takes);
            }
            assertThat(Model.texts(zone())).isEqualTo(model.texts());
        }
    }

    private EditRRsets randomEdit(RandomGenerator random) {
        RRsetEdit[] edits = new RRsetEdit[1 + random.nextInt(3)];
        for (int i = 0; i < edits.length; i++) {
            String owner = List.of("example.", "a.example.", "B.example.", "*.example.")
                    .get(random.nextInt(4));
            String type =
                    List.of("A", "A", "TXT", "CNAME", "DNAME", "NS", "SOA").get(random.nextInt(7));
            // The twin knows no serials, so it cannot tell whether an SOA record is the one to be taken out.
            int kinds = type.equals("SOA") ? 3 : 4;
            Edit edit =
                    List.of(Edit.REPLACE, Edit.DELETE, Edit.EXTEND, Edit.PRUNE).get(random.nextInt(kinds));
            int number = random.nextInt(3);
            String rdata = switch (type) {
                case "A" -> "192.0.2." + number;
                case "TXT" -> "t" + number;
                case "SOA" -> "ns" + number + ". h. " + random.nextInt(10) + " 1 1 1 1";
                default -> (number == 0 ? "Host" : "host") + number + ".example.";
            };
            Record record = Samples.record(owner, 60, Type.value(type), rdata);
            edits[i] = new RRsetEdit(
                    Samples.name(owner),
                    Type.value(type),
                    edit,
                    random.nextBoolean() ? 60 : 120,
                    edit == Edit.DELETE ? List.of() : List.of(record));
        }
        return edit(edits);
    }

    /** Owner and type to TTL and texts of RDATA; the SOA without its serial. */
    private static final class Model {
        private Map<String, Map<String, Long>> rrsets = new TreeMap<>();

        Model(Zone zone) {
            zone.forEach(record -> at(record.getName(), record.getType()).put(text(record), record.getTTL()));
        }

        private Map<String, Long> at(Name owner, int type) {
            return rrsets.computeIfAbsent(owner.canonicalize() + " " + Type.string(type), key -> new TreeMap<>());
        }

        private static String text(Record record) {
            String text = record.rdataToString();
            return record.getType() == Type.SOA ? text.replaceFirst(" \\d+ ", " ") : text;
        }

        /** RDATA that is the same but for case gives way. */
        private static void put(Map<String, Long> rrset, String text, long ttl, boolean keep) {
            for (String present : Set.copyOf(rrset.keySet())) {
                if (present.equalsIgnoreCase(text)) {
                    if (keep) {
                        return;
                    }
                    rrset.remove(present);
                }
            }
            rrset.put(text, ttl);
        }

        boolean take(List<RRsetEdit> edits) {
            Map<String, Map<String, Long>> before = copy(rrsets);
            for (RRsetEdit edit : edits) {
                Map<String, Long> rrset = at(edit.owner(), edit.type());
                switch (edit.edit()) {
                    case REPLACE, DELETE -> rrset.clear();
                    case EXTEND -> rrset.replaceAll((text, ttl) -> edit.ttlSeconds());
                    case PRUNE -> {}
                }
                for (Record record : edit.records()) {
                    if (edit.edit() == Edit.PRUNE) {
                        rrset.keySet().removeIf(text -> text.equalsIgnoreCase(text(record)));
                    } else {
                        put(rrset, text(record), edit.ttlSeconds(), edit.edit() == Edit.EXTEND);
                    }
                }
            }
            rrsets.values().removeIf(Map::isEmpty);
            boolean stands = keepsRules();
            if (!stands) {
                rrsets = before;
            }
            return stands;
        }

        private boolean keepsRules() {
            if (!rrsets.containsKey("example. SOA") || !rrsets.containsKey("example. NS")) {
                return false;
            }
            Map<String, Set<String>> types = new TreeMap<>();
            for (Map.Entry<String, Map<String, Long>> rrset : rrsets.entrySet()) {
                String[] key = rrset.getKey().split(" ", 2);
                types.computeIfAbsent(key[0], owner -> new TreeSet<>()).add(key[1]);
                if (Set.of("SOA", "CNAME", "DNAME").contains(key[1])
                        && rrset.getValue().size() > 1) {
                    return false;
                }
            }
            return types.entrySet().stream().allMatch(each -> {
                Set<String> at = each.getValue();
                boolean apex = each.getKey().equals("example.");
                return !(at.contains("CNAME") && at.size() > 1)
                        && !(at.contains("DNAME") && at.contains("NS") && !apex)
                        && !(at.contains("SOA") && !apex);
            });
        }

        private static Map<String, Map<String, Long>> copy(Map<String, Map<String, Long>> from) {
            Map<String, Map<String, Long>> copy = new TreeMap<>();
            from.forEach((key, rrset) -> copy.put(key, new TreeMap<>(rrset)));
            return copy;
        }

        Map<String, Map<String, Long>> texts() {
            return rrsets;
        }

        static Map<String, Map<String, Long>> texts(Zone zone) {
            return new Model(zone).rrsets;
        }
    }
}
