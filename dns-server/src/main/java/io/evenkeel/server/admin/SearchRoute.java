package io.evenkeel.server.admin;

import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.file.RecordWriter;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * PowerDNS' search over all zones of one moment: names and contents like a pattern. It reads every record, on the thread of its request:
 * so there is one at a time, it ends at its number of hits, and it gives up after a while.
 */
final class SearchRoute {
    private static final Set<String> OBJECT_TYPES = Set.of("all", "zone", "record", "comment");

    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");

    private final StateRoot root;
    private final Time time;
    private final Semaphore places = new Semaphore(AdminLimits.SEARCHES);

    SearchRoute(StateRoot root, Time time) {
        this.root = root;
        this.time = time;
    }

    Route route() {
        return new Route("GET", ServerRoutes.BASE + "/search-data", Access.KEYED, this::search).ofState();
    }

    /** @param record null: it is the zone itself */
    private record Hit(Name zone, @Nullable Record record, String content) {}

    private Reply search(Call call) throws ApiException, InterruptedException {
        String pattern = call.query("q").orElse("");
        if (pattern.isEmpty() || pattern.length() > AdminLimits.PATTERN_CHARS) {
            throw new ApiException(422, "'q' wants 1 to " + AdminLimits.PATTERN_CHARS + " characters to search for");
        }
        String type = call.query("object_type").orElse("all");
        if (!OBJECT_TYPES.contains(type)) {
            throw new ApiException(422, "'object_type' is not all, zone, record or comment");
        }
        int most = most(call.query("max").orElse(String.valueOf(AdminLimits.SEARCH_DEFAULT)));
        if (!places.tryAcquire()) {
            throw later("another search is under way, and there is one at a time");
        }
        try {
            call.memory().growTo(AdminLimits.SEARCH_CHARS + (long) AdminLimits.SEARCH_HIT_BYTES * most);
            Walk walk = new Walk(new SearchPattern(asStored(pattern)), most, time.nanos());
            if (!type.equals("record")) {
                walk.zones(type.equals("comment") ? List.of() : zones());
            }
            if (type.equals("all") || type.equals("record")) {
                walk.records(zones());
            }
            return reply(walk.hits);
        } finally {
            places.release();
        }
    }

    /** An IPv6 address has many forms, and contents have one of them (RFC 5952). */
    private static String asStored(String pattern) {
        if (!IPV6.matcher(pattern).matches()) {
            return pattern;
        }
        try {
            return RecordWriter.rdata(new AAAARecord(Name.root, DClass.IN, 0, InetAddress.ofLiteral(pattern)));
        } catch (IllegalArgumentException noAddress) {
            return pattern; // digits and colons of something else
        }
    }

    private List<Zone> zones() {
        return List.copyOf(root.get().state().catalog().zones());
    }

    private static int most(String text) throws ApiException {
        try {
            int most = Integer.parseInt(text);
            if (most > 0 && most <= AdminLimits.SEARCH_HITS) {
                return most;
            }
        } catch (NumberFormatException notANumber) {
            // falls through to the one message for all that is not such a number
        }
        throw new ApiException(422, "'max' is no number from 1 to " + AdminLimits.SEARCH_HITS);
    }

    private static ApiException later(String why) {
        return new ApiException(
                503, why, List.of(), Map.of("Retry-After", String.valueOf(AdminLimits.RETRY_AFTER_SECONDS)));
    }

    private static Reply reply(List<Hit> hits) {
        return Reply.asPowerDns(200, json -> {
            json.writeStartArray();
            for (Hit hit : hits) {
                Record record = hit.record();
                json.writeStartObject();
                if (record != null) {
                    json.writeStringField("content", hit.content());
                    json.writeBooleanField("disabled", false);
                }
                json.writeStringField("name", (record == null ? hit.zone() : record.getName()).toString());
                json.writeStringField("object_type", record == null ? "zone" : "record");
                if (record != null) {
                    json.writeNumberField("ttl", record.getTTL());
                    json.writeStringField("type", Type.string(record.getType()));
                    json.writeStringField("zone", hit.zone().toString());
                }
                json.writeStringField("zone_id", ZoneIds.of(hit.zone()));
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    /** One search. One thread. */
    private final class Walk {
        final List<Hit> hits = new ArrayList<>();
        private final SearchPattern pattern;
        private final int most;
        private final long begin;
        private int chars;
        private long looked;
        /** Whether that is why it stopped. */
        private boolean late;

        Walk(SearchPattern pattern, int most, long begin) {
            this.pattern = pattern;
            this.most = most;
            this.begin = begin;
        }

        void zones(List<Zone> zones) {
            for (Zone zone : zones) {
                if (hits.size() < most && pattern.matches(zone.apex().toString())) {
                    hits.add(new Hit(zone.apex(), null, ""));
                }
            }
        }

        void records(List<Zone> zones) throws ApiException {
            for (Zone zone : zones) {
                if (hits.size() >= most || !zone.forEachWhile(record -> wantsMoreThan(zone.apex(), record))) {
                    break;
                }
            }
            if (late) {
                throw later("the search has taken " + AdminLimits.SEARCH.toSeconds() + " s, read " + looked
                        + " records and found " + hits.size() + " of " + most
                        + " hits: ask for fewer with 'max', or export the zone and search in that");
            }
            if (chars > AdminLimits.SEARCH_CHARS) {
                throw new ApiException(
                        422,
                        "the first " + hits.size() + " hits have more than " + AdminLimits.SEARCH_CHARS
                                + " characters: ask for fewer with 'max'");
            }
        }

        private boolean wantsMoreThan(Name zone, Record record) {
            if (++looked % AdminLimits.SEARCH_STEP == 0 && time.nanos() - begin > AdminLimits.SEARCH.toNanos()) {
                late = true;
                return false;
            }
            String content = RecordWriter.rdataUncut(record);
            if (pattern.matches(record.getName().toString()) || pattern.matches(content)) {
                hits.add(new Hit(zone, record, content));
                chars += content.length();
            }
            return hits.size() < most && chars <= AdminLimits.SEARCH_CHARS;
        }
    }

    /** {@code *} stands for any characters, {@code ?} for one. Case does not count, and a last dot neither. Pure. */
    static final class SearchPattern {
        private final String pattern;

        SearchPattern(String text) {
            this.pattern = withoutDot(text.toLowerCase(Locale.ROOT));
        }

        private static String withoutDot(String text) {
            return text.endsWith(".") && text.length() > 1 ? text.substring(0, text.length() - 1) : text;
        }

        /** The last {@code *} may always have stood for more: no other has to be tried again. */
        boolean matches(String text) {
            int end = withoutDot(text).length();
            int at = 0;
            int in = 0;
            int star = -1;
            int from = 0;
            while (in < end) {
                if (at < pattern.length() && pattern.charAt(at) == '*') {
                    star = at++;
                    from = in;
                } else if (at < pattern.length()
                        && (pattern.charAt(at) == '?'
                                || pattern.charAt(at) == Character.toLowerCase(text.charAt(in)))) {
                    at++;
                    in++;
                } else if (star >= 0) {
                    at = star + 1;
                    in = ++from;
                } else {
                    return false;
                }
            }
            while (at < pattern.length() && pattern.charAt(at) == '*') {
                at++;
            }
            return at == pattern.length();
        }
    }
}
