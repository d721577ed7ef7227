package io.evenkeel.server.admin;

import io.evenkeel.consensus.StateRoot;
import io.evenkeel.server.change.ChangeService;
import io.evenkeel.server.change.ContentsStager;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeEvaluator;
import io.evenkeel.zones.change.Room;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneContents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Has changes made for HTTP requests and says in HTTP what became of them. Any thread. */
final class Changes {
    private static final Pattern ETAG = Pattern.compile("\"(\\d{1,18})-(\\d{1,18})\"");

    private static final Map<String, String> RETRY =
            Map.of("Retry-After", String.valueOf(AdminLimits.RETRY_AFTER_SECONDS));

    private final ChangeService service;
    private final ContentsStager stager;
    private final StateRoot root;
    private final String node;
    private final SecureRandom random = new SecureRandom();

    /** @param node name of this one, which takes them */
    Changes(ChangeService service, StateRoot root, String node) {
        this.node = node;
        this.service = service;
        this.stager = new ContentsStager(service, root);
        this.root = root;
    }

    /** The zone as this node serves it. */
    @Nullable
    Zone zone(Name apex) {
        return root.get().state().catalog().zone(apex);
    }

    Zone required(Name apex) throws ApiException {
        Zone zone = zone(apex);
        if (zone == null) {
            throw new ApiException(404, "Could not find domain '" + apex + "'");
        }
        return zone;
    }

    static String etag(ZoneVersion version) {
        return "\"" + version.zoneId() + "-" + version.change() + "\"";
    }

    /** What {@code If-Match} asks for; null: nothing, or any version. */
    static @Nullable ZoneVersion ifMatch(Call call) throws ApiException {
        String header = call.header("If-Match").map(String::strip).orElse("*");
        if (header.equals("*")) {
            return null;
        }
        Matcher matcher = ETAG.matcher(header);
        if (!matcher.matches()) {
            // Not a version that any zone here ever had.
            throw new ApiException(412, "If-Match: " + header + " is not the ETag of a zone of this server");
        }
        return new ZoneVersion(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
    }

    /**
     * The id of a request: its own each time, or with an {@code Idempotency-Key} the same for the same request, so that
     * sending it again finds the outcome. The same key with another body is another request.
     */
    RequestId requestId(Call call, byte[] bodyDigest) throws ApiException {
        Optional<String> key = call.header("Idempotency-Key");
        if (key.isEmpty()) {
            return new RequestId(random.nextLong(), random.nextLong());
        }
        if (key.get().length() > AdminLimits.IDEMPOTENCY_KEY) {
            throw new ApiException(
                    400, "an Idempotency-Key of more than " + AdminLimits.IDEMPOTENCY_KEY + " characters");
        }
        MessageDigest sha256 = Sha256.start();
        for (String part : List.of(call.method(), call.rawPath(), key.get())) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            sha256.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            sha256.update(bytes);
        }
        ByteBuffer id = ByteBuffer.wrap(sha256.digest(bodyDigest));
        return new RequestId(id.getLong(), id.getLong());
    }

    /**
     * Sees to it that contents that need so much may be admitted, before more of them is read; the leader has the last word.
     *
     * @param what needs it, for people
     * @throws ApiException 507 if it does not fit, 503 if it does once imports have ended that are under way
     */
    void requireRoom(String what, Room.Need need) throws ApiException {
        Room room = Room.of(root.get().state());
        if (room.fits(need, 0)) {
            return;
        }
        String problem = room.problem(what, need, 0);
        throw room.fitsLater(need) ? new ApiException(503, problem, List.of(), RETRY) : new ApiException(507, problem);
    }

    /** Whether contents of that request have come already, or all of it was done: what it needs is set aside. */
    boolean isBegun(RequestId id) {
        ReplicatedState state = root.get().state();
        return state.staging().has(id) || state.recorded(id) != null;
    }

    /** Where the records of a zone, which were judged, are for a change: in itself, or sent ahead. */
    ZoneContents contents(RequestId id, Origin origin, Name apex, List<Record> records)
            throws ApiException, InterruptedException {
        return done(id, stager.stage(id, origin.at(node), apex, records, AdminLimits.CHANGE));
    }

    /** What may send contents ahead, and make a change of them. */
    interface Putting {
        Reply reply() throws ApiException, IOException, InterruptedException;
    }

    /**
     * Carries that out. If the change is not made, whatever the reason, the memory that its contents have set aside on all members
     * is given back before this returns.
     *
     * @param id under which they are sent
     */
    Reply put(RequestId id, Origin origin, Name apex, Putting putting)
            throws ApiException, IOException, InterruptedException {
        try {
            return putting.reply();
        } catch (ApiException | IOException | RuntimeException e) {
            stager.forget(id, origin.at(node), apex);
            throw e;
        }
    }

    Outcome<Accepted> outcome(RequestId id, Call call, Change change) throws InterruptedException {
        return outcome(id, call, change, call.isForced());
    }

    private Outcome<Accepted> outcome(RequestId id, Call call, Change change, boolean forced)
            throws InterruptedException {
        Outcome<Accepted> outcome = service.submit(
                new ChangeEvaluator.Request(id, change, call.origin().at(node), forced), AdminLimits.CHANGE);
        // The same request, asked twice at the same time, has ended meanwhile, and what it had sent ahead went with it.
        return outcome instanceof Outcome.Refused<Accepted> refused
                        && refused.problems().equals(List.of(ChangeEvaluator.NOT_ALL_THERE))
                ? new Outcome.NotDone<>("the zone did not get through: " + ChangeEvaluator.NOT_ALL_THERE)
                : outcome;
    }

    /** Has it made; anything but success is thrown. */
    Accepted make(RequestId id, Call call, Change change) throws ApiException, InterruptedException {
        return done(id, outcome(id, call, change));
    }

    /** The same, whatever it takes of the zone: one who names a version to go back to means all of it. */
    Accepted makeMeant(RequestId id, Call call, Change change) throws ApiException, InterruptedException {
        return done(id, outcome(id, call, change, true));
    }

    /** The answer of what was done; how HTTP says it if it was not is thrown. */
    static <A> A done(RequestId id, Outcome<A> outcome) throws ApiException {
        return switch (outcome) {
            case Outcome.Done<A>(A answer) -> answer;
            case Outcome.Refused<A> refused -> throw refused(id, refused);
            case Outcome.NotDone<A> not -> throw notDone(id, not.why());
            case Outcome.NotLeader<A> not -> throw notDone(id, "the leader is " + not.leader());
            case Outcome.Unknown<A> unknown -> throw new ApiException(202, unknown.why(), List.of(), headers(id));
        };
    }

    /** With the headers that a change's answer carries. */
    Reply reply(Reply reply, RequestId id, Accepted accepted, boolean zoneIsThere) {
        Reply done = reply.with("Evenkeel-Request-Id", id.toString());
        if (zoneIsThere) {
            done = done.with("ETag", etag(accepted.version()));
        }
        long here = root.get().index();
        return here >= accepted.index()
                ? done
                : done.with(
                        "Evenkeel-Note",
                        "committed at " + accepted.index() + "; this node is at " + here + " and will show it later");
    }

    private static Map<String, String> headers(RequestId id) {
        return Map.of("Evenkeel-Request-Id", id.toString());
    }

    private static ApiException notDone(RequestId id, String why) {
        return new ApiException(
                503,
                "not done: " + why,
                List.of(),
                Map.of(
                        "Evenkeel-Request-Id",
                        id.toString(),
                        "Retry-After",
                        String.valueOf(AdminLimits.RETRY_AFTER_SECONDS)));
    }

    private static ApiException refused(RequestId id, Outcome.Refused<?> refused) {
        int status = switch (refused.reason()) {
            case ZONE_EXISTS, GUARDED -> 409;
            case NO_SUCH_ZONE -> 404;
            case CONFLICT -> 412;
            case INVALID -> 422;
            case TOO_LARGE -> 413;
            case FAULT -> 500;
            case NO_ROOM -> 507;
        };
        List<String> problems = refused.problems();
        // PowerDNS' clients look for that word.
        String first = refused.reason() == Reason.ZONE_EXISTS ? "Conflict: " + refused.why() : refused.why();
        int more = problems.size() - 1;
        return new ApiException(
                status,
                more <= 0 ? first : first + " (and " + more + " more)",
                problems.subList(0, Math.min(problems.size(), AdminLimits.PROBLEMS)),
                headers(id));
    }
}
