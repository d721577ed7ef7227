package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.server.storage.Backups;
import io.evenkeel.server.storage.Storage;
import io.evenkeel.server.storage.StorageClass;
import io.evenkeel.server.storage.StorageKeeper;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** The disk of this node, and its budget. */
final class StorageRoutes {
    private static final String PATH = EvenkeelRoutes.BASE + "/storage";
    private static final String BUDGET = "budgetBytes";
    /** Less holds no snapshot of anything. */
    private static final long LEAST_BUDGET = 64L << 20;

    private final String node;
    private final Storage storage;

    StorageRoutes(String node, Storage storage) {
        this.node = node;
        this.storage = storage;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, Access.KEYED, _ -> Reply.json(200, json())),
                new Route("PUT", PATH, Access.KEYED, this::set));
    }

    private Reply set(Call call) throws ApiException, IOException, InterruptedException {
        JsonNode body = Call.object(call.smallBody());
        JsonNode budget = body.path(BUDGET);
        if (body.size() != 1 || !budget.canConvertToLong() || budget.asLong() < LEAST_BUDGET) {
            throw ApiException.invalid("write {\"" + BUDGET + "\": OCTETS}, at least " + LEAST_BUDGET
                    + "; it holds until the process ends, and storage.budget in the configuration after that");
        }
        storage.keeper().budget(budget.asLong());
        return Reply.json(200, json());
    }

    private ObjectNode json() {
        StorageKeeper keeper = storage.keeper();
        StorageKeeper.Seen seen = keeper.seen();
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("node", node)
                .put("level", keeper.level().toString())
                .put(BUDGET, keeper.budget());
        ArrayNode classes = Reply.JSON.createArrayNode();
        if (seen != null) {
            json.put("usedBytes", seen.used())
                    .put("neededBytes", seen.needed())
                    .put("volumeBytes", seen.total())
                    .put("freeBytes", seen.free());
            for (StorageClass kind : StorageClass.values()) {
                classes.addObject()
                        .put("class", kind.toString())
                        .put("bytes", seen.octets().getOrDefault(kind, 0L))
                        .put("evictedBytes", keeper.evicted(kind));
            }
        }
        double full = keeper.secondsToFull();
        if (Double.isFinite(full)) {
            json.put("fullSeconds", Math.round(full));
        } else {
            json.putNull("fullSeconds");
        }
        json.put("writeSeconds", Math.round(storage.duty().seconds() * 1e6) / 1e6)
                .put("disk", storage.duty().disk().name().toLowerCase(Locale.ROOT));
        Backups backups = storage.backups();
        Instant last = backups == null ? null : backups.last();
        json.put("backups", backups != null).put("lastBackup", last == null ? null : last.toString());
        json.set("classes", classes);
        storage.reasons().forEach(json.putArray("reasons")::add);
        return json;
    }
}
