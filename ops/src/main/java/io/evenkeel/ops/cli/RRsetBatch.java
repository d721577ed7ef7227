package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.RecordArguments;
import io.evenkeel.ops.verb.Ttl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import picocli.CommandLine.TypeConversionException;

/**
 * Changes of RRsets of one zone, read from lines as nsupdate has them, one after the other, and put together to what the API takes: one
 * change of each RRset, or records that are added to it and taken out of it. One thread.
 */
final class RRsetBatch {
    /** Names are without case. */
    private record Key(Name owner, int type) {}

    /** One line that has a change. */
    private record Line(int number, String text) {}

    /** What becomes of one RRset. */
    static final class Change {
        final Name owner;
        final int type;
        /** Whether nothing of what is there stays. */
        private boolean whole;
        /** Whether the lines that make it whole say what is there then. */
        private boolean replaced;

        private long ttl = -1;
        /** That it has then, if it is whole; else those that are added. */
        private final Set<String> contents = new LinkedHashSet<>();
        /** If it is not whole: what is added and taken out, in order. */
        private final List<ObjectNode> steps = new ArrayList<>();

        private final List<Line> lines = new ArrayList<>();

        Change(Name owner, int type, boolean whole) {
            this.owner = owner;
            this.type = type;
            this.whole = whole;
        }

        boolean adds() {
            return !whole && !contents.isEmpty();
        }

        List<String> contents() {
            return List.copyOf(contents);
        }

        private void clear() {
            whole = true;
            replaced = false;
            ttl = -1;
            contents.clear();
            steps.clear();
        }

        private void add(String content, long given) throws CommandFailure {
            if (ttl >= 0 && ttl != given) {
                throw usage("the TTL is %d, and %d for another record of that RRset: they have one TTL"
                        .formatted(given, ttl));
            }
            ttl = given;
            contents.add(content);
            if (!whole) {
                step("EXTEND", content).put("ttl", given);
            }
        }

        private void take(String content) throws CommandFailure {
            if (!whole) {
                contents.remove(content);
                step("PRUNE", content);
            } else if (!contents.remove(content)) {
                throw usage("the lines above leave no such record to delete");
            }
        }

        private ObjectNode step(String changeType, String content) {
            ObjectNode step = rrset(owner, type, changeType);
            step.putArray("records").addObject().put("content", content).put("disabled", false);
            steps.add(step);
            return step;
        }

        private void writeTo(ArrayNode rrsets) {
            if (!whole) {
                rrsets.addAll(steps);
            } else if (contents.isEmpty()) {
                rrsets.add(rrset(owner, type, "DELETE"));
            } else {
                ObjectNode replace = rrset(owner, type, "REPLACE").put("ttl", ttl);
                ArrayNode records = replace.putArray("records");
                contents.forEach(
                        content -> records.addObject().put("content", content).put("disabled", false));
                rrsets.add(replace);
            }
        }
    }

    private final String file;
    private @Nullable Name apex;
    private final Map<Key, Change> changes = new LinkedHashMap<>();
    /** Of which all that is there goes, with the line that says so. */
    private final Map<Name, Line> emptied = new LinkedHashMap<>();

    private boolean sent;

    private RRsetBatch(String file, @Nullable Name apex) {
        this.file = file;
        this.apex = apex;
    }

    /**
     * Reads all of it.
     *
     * @param file for messages
     * @param apex null: the text says it
     * @throws CommandFailure with each line that is wrong
     */
    static RRsetBatch read(String file, String text, @Nullable Name apex) throws CommandFailure {
        RRsetBatch batch = new RRsetBatch(file, apex);
        List<String> problems = new ArrayList<>();
        int number = 0;
        for (String raw : text.lines().toList()) {
            Line line = new Line(++number, raw.strip());
            try {
                if (!line.text().isEmpty() && ";#".indexOf(line.text().charAt(0)) < 0) {
                    batch.take(line);
                }
            } catch (CommandFailure e) {
                problems.add(batch.at(line) + e.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s is refused, nothing is changed; lines that are wrong: %d".formatted(file, problems.size()),
                    problems);
        }
        if (batch.changes.isEmpty() && batch.emptied.isEmpty()) {
            throw usage(file + " has no changes: give lines such as `add www 300 A 192.0.2.1`");
        }
        return batch;
    }

    Name apex() throws CommandFailure {
        Name known = apex;
        if (known == null) {
            throw usage("no line says which zone it is: begin with `zone NAME`, or give --zone NAME");
        }
        return known;
    }

    private String at(Line line) {
        return "%s:%d: %s: ".formatted(file, line.number(), line.text());
    }

    private void take(Line line) throws CommandFailure {
        if (sent) {
            throw usage("it follows `send`, and a batch is one commit: put it into another batch");
        }
        Words words = new Words(line.text());
        String word = words.next().toLowerCase(Locale.ROOT);
        if (word.equals("update")) {
            word = words.next().toLowerCase(Locale.ROOT);
        }
        switch (word) {
            case "zone" -> zone(words.next());
            case "send" -> sent = true;
            case "add" -> change(line, words, false);
            case "replace" -> change(line, words, true);
            case "delete", "del" -> delete(line, words);
            default ->
                throw usage("'%s' is no change: a line begins with add, replace, delete or zone".formatted(word));
        }
    }

    private void zone(String name) throws CommandFailure {
        Name given = RecordArguments.zone(name);
        if (apex != null && !apex.equals(given)) {
            throw usage("the zone is %s: a batch is of one zone".formatted(apex));
        }
        apex = given;
    }

    private void change(Line line, Words words, boolean replaces) throws CommandFailure {
        Name owner = RecordArguments.owner(words.required("a name"), apex());
        String seconds = words.required("a TTL");
        long ttl;
        try {
            ttl = new Ttl().convert(seconds);
        } catch (TypeConversionException e) {
            throw usage("the TTL " + e.getMessage());
        }
        int type = RecordArguments.type(words.type());
        String data = words.rest();
        if (data.isEmpty()) {
            throw usage("the data of the record is missing");
        }
        Change change = of(owner, type);
        String content = RecordArguments.contents(type, List.of(data), apex()).getFirst();
        if (replaces && !change.replaced) {
            change.clear();
            change.replaced = true;
        }
        change.add(content, ttl);
        change.lines.add(line);
    }

    private void delete(Line line, Words words) throws CommandFailure {
        Name owner = RecordArguments.owner(words.required("a name"), apex());
        String type = words.type();
        if (type.isEmpty()) {
            if (owner.equals(apex())) {
                throw usage("the SOA and NS records of the apex stay: name a type");
            }
            emptied.put(owner, line);
            changes.values().stream().filter(each -> each.owner.equals(owner)).forEach(Change::clear);
            return;
        }
        Change change = of(owner, RecordArguments.type(type));
        String data = words.rest();
        if (data.isEmpty()) {
            change.clear();
        } else {
            change.take(
                    RecordArguments.contents(change.type, List.of(data), apex()).getFirst());
        }
        change.lines.add(line);
    }

    private Change of(Name owner, int type) {
        return changes.computeIfAbsent(new Key(owner, type), _ -> new Change(owner, type, emptied.containsKey(owner)));
    }

    /** Names of which all goes: what they have has to be looked up. */
    Set<Name> emptied() {
        return emptied.keySet();
    }

    /** Says that such a name has such an RRset. */
    void present(Name owner, String type) throws CommandFailure {
        Line line = emptied.get(owner);
        Change change = of(owner, RecordArguments.type(type));
        if (line != null && change.lines.isEmpty()) {
            change.lines.add(line);
        }
    }

    /** Each RRset once. */
    List<Change> changes() {
        return List.copyOf(changes.values());
    }

    /** As the API's PATCH takes it. */
    ObjectNode body() {
        ObjectNode body = Json.MAPPER.createObjectNode();
        ArrayNode rrsets = body.putArray("rrsets");
        changes.values().forEach(change -> change.writeTo(rrsets));
        return body;
    }

    /** What a node says is wrong, with the line that it is about, if that can be told. */
    String located(String problem) {
        String said = problem.toLowerCase(Locale.ROOT) + " ";
        for (boolean withType : new boolean[] {true, false}) {
            for (Change change : changes.values()) {
                String owner = change.owner.toString().toLowerCase(Locale.ROOT);
                String type = Type.string(change.type).toLowerCase(Locale.ROOT);
                boolean isAbout = said.contains(" " + owner + " in " + type + ":")
                        || (!withType && (" " + said).contains(" " + owner));
                if (isAbout && !change.lines.isEmpty()) {
                    return at(change.lines.getFirst()) + problem;
                }
            }
        }
        return problem;
    }

    private static ObjectNode rrset(Name owner, int type, String changeType) {
        return Json.MAPPER
                .createObjectNode()
                .put("name", owner.toString())
                .put("type", Type.string(type))
                .put("changetype", changeType);
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(CommandFailure.USAGE, message);
    }

    /** The words of a line, and what follows them. */
    private static final class Words {
        private String left;

        Words(String line) {
            this.left = line;
        }

        /** Empty at the end. */
        String next() {
            String[] parts = left.split("\\s+", 2);
            left = parts.length == 2 ? parts[1] : "";
            return parts[0];
        }

        String required(String what) throws CommandFailure {
            String word = next();
            if (word.isEmpty()) {
                throw usage(
                        what
                                + " is missing: add NAME TTL TYPE DATA, replace NAME TTL TYPE DATA or delete NAME [TYPE [DATA]]");
            }
            return word;
        }

        /** Behind the class, which is IN, if it is there. */
        String type() {
            String word = next();
            return word.equalsIgnoreCase("IN") ? next() : word;
        }

        String rest() {
            return left.strip();
        }
    }
}
