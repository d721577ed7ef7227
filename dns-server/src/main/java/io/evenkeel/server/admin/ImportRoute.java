package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.storage.StorageKeeper;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.Room;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.check.ZoneProblem;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.file.ZoneFile;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.ZoneContents;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;

/**
 * Takes a master file as the whole contents of a zone. It is spooled to the data folder first, so that a slow sender holds
 * no memory, and never opens other files of this machine.
 */
final class ImportRoute {
    private static final Logger LOG = LoggerFactory.getLogger(ImportRoute.class);
    /** Of a body whose length nobody has announced. */
    private static final long SPOOL_STEP = 16 << 20;

    private static final String SPOOL_PREFIX = "import-";
    private static final String SPOOL_SUFFIX = ".zone.tmp";

    private final Changes changes;
    private final Path spool;
    private final long limitBytes;
    private final StorageKeeper keeper;
    private final Semaphore running = new Semaphore(AdminLimits.IMPORTS);

    /** @param keeper is asked for room for the file */
    ImportRoute(Changes changes, Path spool, long limitBytes, StorageKeeper keeper) {
        this.keeper = keeper;
        this.changes = changes;
        this.spool = spool;
        this.limitBytes = limitBytes;
        try (DirectoryStream<Path> left = Files.newDirectoryStream(spool, SPOOL_PREFIX + "*" + SPOOL_SUFFIX)) {
            for (Path file : left) {
                Files.delete(file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // A disk that is full or read-only keeps no node from its start.
            LOG.warn("master files that an earlier process has left in {} could not be removed", spool, e);
        }
    }

    Route route() {
        return new Route("PUT", EvenkeelRoutes.BASE + "/zones/{zone_id}", Access.KEYED, this::take).ofState();
    }

    private Reply take(Call call) throws ApiException, IOException, InterruptedException {
        Name apex = ZoneIds.parse(call.path("zone_id"));
        boolean create = call.query("create").orElse("false").equalsIgnoreCase("true");
        if (!create) {
            changes.required(apex);
        }
        if (call.announcedBytes() > limitBytes) {
            throw tooLarge();
        }
        // Text is no larger than what is made of it: as records, as a zone, as what is staged. It may be of few records
        // yet.
        changes.requireRoom(
                "a master file of " + call.announcedBytes() + " octets", new Room.Need(call.announcedBytes(), true));
        if (!running.tryAcquire()) {
            throw new ApiException(
                    503,
                    AdminLimits.IMPORTS + " master files are being read already",
                    List.of(),
                    Map.of("Retry-After", String.valueOf(AdminLimits.RETRY_AFTER_SECONDS)));
        }
        try {
            return take(call, apex, create);
        } finally {
            running.release();
        }
    }

    private Reply take(Call call, Name apex, boolean create) throws ApiException, IOException, InterruptedException {
        Path file;
        try {
            file = Files.createTempFile(spool, SPOOL_PREFIX, SPOOL_SUFFIX);
        } catch (IOException e) {
            throw notSpooled(e);
        }
        try {
            RequestId id = changes.requestId(call, spool(call.body(), file, call.announcedBytes()));
            return changes.put(id, call.origin(), apex, () -> take(call, apex, create, file, id));
        } finally {
            remove(file);
        }
    }

    /** What has become of the change is told whatever the disk says; the next start removes what is left. */
    private static void remove(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            LOG.warn("{} could not be removed", file, e);
        }
    }

    private Reply take(Call call, Name apex, boolean create, Path file, RequestId id)
            throws ApiException, IOException, InterruptedException {
        Given given = read(call, apex, file, id);
        Zone present = changes.zone(apex);
        boolean made = present == null || isOnlyNew(call);
        Outcome<Accepted> outcome = put(call, id, apex, given.contents(), made);
        if (create && !isOnlyNew(call) && turned(outcome, made)) {
            // Somebody has made or removed it meanwhile. What was staged for the refused change is gone.
            made = !made;
            given = read(call, apex, file, id);
            outcome = put(call, id, apex, given.contents(), made);
        }
        Accepted accepted = Changes.done(id, outcome);
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("zone", apex.toString())
                .put("serial", accepted.serial())
                .put("records", given.records())
                .put("changed", accepted.changed())
                .put("givenSerial", given.serial());
        if (present != null) {
            json.put("previousSerial", present.serial());
        }
        ArrayNode warnings = json.putArray("warnings");
        given.warnings().forEach(warnings::add);
        return changes.reply(Reply.json(made ? 201 : 200, json), id, accepted, true);
    }

    /**
     * What is to be in the zone.
     *
     * @param records how many that is
     * @param serial in the file
     * @param warnings of the file, the first of them
     */
    private record Given(ZoneContents contents, int records, long serial, List<String> warnings) {}

    /** Whether no zone that is there is to be replaced (RFC 9110 §13.1.2). */
    private static boolean isOnlyNew(Call call) {
        return call.header("If-None-Match").map(String::strip).orElse("").equals("*");
    }

    /** The records are gone when the zone is made of them: they take as much memory as it does. */
    private Given read(Call call, Name apex, Path file, RequestId id)
            throws ApiException, IOException, InterruptedException {
        String name = call.query("name").orElse("zone");
        RecordMeter meter = new RecordMeter(changes, call.memory(), 0, changes.isBegun(id));
        ZoneFile.Parsed parsed =
                ZoneFile.parse(name.substring(0, Math.min(name.length(), 255)), file, apex, false, meter);
        ZoneBuilder.Checked checked = NewZone.checked(apex, parsed, meter);
        List<Record> records = checked.records();
        return new Given(
                changes.contents(id, call.origin(), apex, records),
                records.size(),
                serial(records),
                checked.problems().stream()
                        .limit(AdminLimits.PROBLEMS)
                        .map(ZoneProblem::toString)
                        .toList());
    }

    private static long serial(List<Record> records) {
        for (Record record : records) {
            if (record instanceof SOARecord soa) {
                return soa.getSerial();
            }
        }
        throw new IllegalStateException("a zone that was judged good has no SOA");
    }

    private Outcome<Accepted> put(Call call, RequestId id, Name apex, ZoneContents contents, boolean make)
            throws ApiException, InterruptedException {
        Change change = make
                ? new Change.CreateZone(apex, contents)
                : new Change.ReplaceZone(apex, contents, Changes.ifMatch(call));
        return changes.outcome(id, call, change);
    }

    private static boolean turned(Outcome<Accepted> outcome, boolean made) {
        return outcome instanceof Outcome.Refused<Accepted> refused
                && refused.reason() == (made ? Reason.ZONE_EXISTS : Reason.NO_SUCH_ZONE);
    }

    /** Puts the body into the file; its digest. */
    private byte[] spool(InputStream in, Path file, long announced)
            throws ApiException, IOException, InterruptedException {
        MessageDigest sha256 = Sha256.start();
        byte[] buffer = new byte[64 << 10];
        long total = 0;
        long admitted = 0;
        try (OutputStream out = Files.newOutputStream(file);
                StorageKeeper.Claim claim = keeper.claim()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                total += read;
                if (total > limitBytes) {
                    throw tooLarge();
                }
                changes.requireRoom("a master file of more than " + total + " octets", new Room.Need(total, true));
                if (total > admitted) {
                    long step = Math.max(announced - admitted, SPOOL_STEP);
                    requireBudget(claim, step);
                    admitted += step;
                }
                sha256.update(buffer, 0, read);
                out.write(buffer, 0, read);
                claim.wrote(read);
            }
            return sha256.digest();
        } catch (BrokenBodyException e) {
            LOG.info("a master file did not get through: {}", e.getMessage());
            throw e;
        } catch (IOException e) {
            throw notSpooled(e);
        }
    }

    private static void requireBudget(StorageKeeper.Claim claim, long octets)
            throws ApiException, IOException, InterruptedException {
        Optional<String> why = claim.more(octets);
        if (why.isPresent()) {
            throw new ApiException(507, "no room for the master file: " + why.get());
        }
    }

    /** A disk tells that it is full in a text alone, in the language of the machine: so it is asked. */
    private ApiException notSpooled(IOException failure) throws IOException {
        LOG.warn("a master file could not be spooled to {}: {}", spool, failure.toString());
        return notSpooled(spool, Files.getFileStore(spool).getUsableSpace(), failure);
    }

    static ApiException notSpooled(Path spool, long free, IOException failure) {
        return free < AdminLimits.SPOOL_FREE_BYTES
                ? new ApiException(
                        507,
                        "the disk of " + spool + " has no room for the master file: " + free
                                + " octets are free; make room")
                : new ApiException(500, "the master file could not be spooled: " + failure.getMessage());
    }

    private ApiException tooLarge() {
        return new ApiException(413, "a master file above " + limitBytes + " octets");
    }
}
