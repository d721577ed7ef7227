package io.evenkeel.ops.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Which nodes a verb talks to: those named by URL, or those that {@code up} started and {@code DATA/cluster.json} names, or those of a file
 * of this user or machine.
 */
public final class Target {
    /** The field of {@link #askEach} for a node that did not do what it was asked. */
    public static final String PROBLEM = "problem";

    @Option(
            names = "--server",
            paramLabel = "URL",
            split = ",",
            description =
                    "Admin API of a node, for instance http://127.0.0.1:8101; of several the first that answers is asked, by verbs that"
                            + " show each node all of them. Repeatable (default: $EVENKEEL_SERVER, else the nodes of --data, else"
                            + " those in ~/.config/evenkeel, else the one of /etc/evenkeel/evenkeel.yaml).")
    private List<String> servers = new ArrayList<>();

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description =
                    "File with the API key (default: $EVENKEEL_API_KEY_FILE, else the one of that node in --data).")
    private @Nullable Path apiKeyFile;

    @Option(
            names = "--node",
            paramLabel = "NAME",
            description = "The node of --data to ask, for instance n2 (default: the first that answers).")
    private @Nullable String node;

    @Mixin
    private DataFolder data = new DataFolder();

    /** The nodes that the options leave to choose from, in order. */
    public List<AdminClient> candidates() throws CommandFailure, IOException {
        return candidates(node);
    }

    /** As {@link #connect}, of a verb for which {@code --node} names a member that the answer is about and any node knows. */
    public AdminClient connectToAny() throws CommandFailure, IOException, InterruptedException {
        return connect(candidates(null));
    }

    private List<AdminClient> candidates(@Nullable String node) throws CommandFailure, IOException {
        boolean inFolder = data.isAsked() || node != null;
        if (!inFolder || !servers.isEmpty()) {
            List<AdminClient> named = explicit();
            if (!named.isEmpty()) {
                return named;
            }
        }
        Path folder = data.path();
        Optional<ClusterFile> there = ClusterFile.read(folder);
        if (there.isEmpty() && !inFolder) {
            List<AdminClient> usual = clients(Servers.ofThisUser());
            if (!usual.isEmpty()) {
                return usual;
            }
        }
        ClusterFile cluster = there.orElseThrow(() -> CommandFailure.failed("there is no cluster in " + folder
                + ": start one with `evenkeel up`, or name a node with --server URL and --api-key-file FILE"));
        List<AdminClient> clients = new ArrayList<>();
        for (ClusterFile.Node candidate : cluster.nodes()) {
            if (node == null || node.equals(candidate.name())) {
                Path keyFile = apiKeyFile == null ? folder.resolve(candidate.apiKeyFile()) : apiKeyFile;
                clients.add(new AdminClient(candidate.name(), candidate.adminUri(), keyFile, Optional.of(candidate)));
            }
        }
        if (clients.isEmpty()) {
            List<String> names =
                    cluster.nodes().stream().map(ClusterFile.Node::name).toList();
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "there is no node %s in %s; it has %s".formatted(node, folder, String.join(", ", names)));
        }
        return clients;
    }

    /** The name that {@code --node} gives; null without it. */
    public @Nullable String node() {
        return node;
    }

    /**
     * The one node that {@code --node} names: of the folder, or, on a machine without one, the node that {@code --server} or the
     * environment names. Whether that has this name the caller has to ask it.
     */
    public AdminClient named() throws CommandFailure, IOException {
        boolean isLocal = servers.isEmpty() && Files.exists(data.path().resolve(ClusterFile.NAME));
        List<AdminClient> named = isLocal || (data.isAsked() && servers.isEmpty()) ? List.of() : explicit();
        if (named.isEmpty() && !isLocal && !data.isAsked()) {
            named = clients(Servers.ofThisUser());
        }
        return named.isEmpty() ? candidates().getFirst() : named.getFirst();
    }

    /** What a verb wants of one node. */
    public interface Question {
        /**
         * Asks it.
         *
         * @throws CommandFailure if it does not answer, or refuses
         */
        JsonNode ask(AdminClient node) throws CommandFailure, IOException, InterruptedException;
    }

    /** Asks each candidate; the fields of its answer beside its {@code name}, or the {@code problem} with it. */
    public List<ObjectNode> askEach(Question question) throws CommandFailure, IOException, InterruptedException {
        List<ObjectNode> values = new ArrayList<>();
        for (AdminClient candidate : candidates()) {
            ObjectNode value = Json.MAPPER.createObjectNode().put("name", candidate.name());
            try {
                value.setAll((ObjectNode) question.ask(candidate));
            } catch (CommandFailure e) {
                value.put(PROBLEM, e.getMessage());
            }
            values.add(value);
        }
        return values;
    }

    /** The field of {@link #unasked} with the node that tells of a member. */
    public static final String THROUGH = "through";

    /**
     * Members that were not asked themselves, as the first of the servers that answers knows them; none where the nodes are those of a
     * folder, which has them all.
     *
     * @param asked names of those that were
     */
    public List<ObjectNode> unasked(Set<String> asked) throws CommandFailure, IOException, InterruptedException {
        List<ObjectNode> members = new ArrayList<>();
        for (AdminClient candidate : candidates()) {
            if (candidate.local().isPresent()) {
                return members;
            }
            Optional<JsonNode> cluster = Optional.empty();
            try {
                cluster = candidate.find(AdminClient.CLUSTER);
            } catch (CommandFailure silent) {
                continue; // it is told as one that was asked
            }
            for (JsonNode member : cluster.orElse(Json.MAPPER.missingNode()).path("members")) {
                if (!asked.contains(member.path("name").asText())) {
                    ObjectNode value = Json.MAPPER.createObjectNode();
                    value.setAll((ObjectNode) member);
                    if (!member.path("answers").asBoolean()) {
                        value.put(PROBLEM, "does not answer " + candidate.name());
                    }
                    members.add(value.put(THROUGH, candidate.name()));
                }
            }
            return members;
        }
        return members;
    }

    /** The exit code of what {@link #askEach} gave: 0 if each node did what it was asked. */
    public static int exitCode(List<ObjectNode> answers) {
        return answers.stream().noneMatch(one -> one.has(PROBLEM)) ? 0 : CommandFailure.FAILED;
    }

    /**
     * The only node that the options leave: what is done on one machine is never left to accident on which.
     *
     * @throws CommandFailure a usage error, if they leave several
     */
    public AdminClient single() throws CommandFailure, IOException {
        List<AdminClient> candidates = candidates();
        if (candidates.size() > 1) {
            List<String> names = candidates.stream().map(AdminClient::name).toList();
            String option = candidates.getFirst().local().isPresent() ? "--node" : "--server";
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "which node? Name it with %s: %s".formatted(option, String.join(", ", names)));
        }
        return candidates.getFirst();
    }

    /** The first node that is ready; if none is, the first that answers at all. */
    public AdminClient connect() throws CommandFailure, IOException, InterruptedException {
        return connect(candidates());
    }

    private AdminClient connect(List<AdminClient> candidates) throws CommandFailure, IOException, InterruptedException {
        if (candidates.size() == 1) {
            return candidates.getFirst();
        }
        List<String> unreachable = new ArrayList<>();
        AdminClient notReady = null;
        for (AdminClient candidate : candidates) {
            try {
                if (candidate.readiness().status() == 200) {
                    return candidate;
                }
                notReady = notReady == null ? candidate : notReady;
            } catch (IOException e) {
                unreachable.add(candidate.name() + " at " + candidate.base() + ": " + Output.reason(e));
            }
        }
        if (notReady == null) {
            boolean isLocal = candidates.getFirst().local().isPresent();
            throw new CommandFailure(
                    CommandFailure.LATER,
                    isLocal
                            ? "no node of " + data.path() + " answers: start them with `evenkeel up`"
                            : "no server answers, of " + candidates.size(),
                    unreachable);
        }
        return notReady;
    }

    /**
     * An address of an API as somebody wrote it: {@code host:port} is taken for HTTP.
     *
     * @param place where it stands, for messages
     */
    public static URI url(String place, String text) throws CommandFailure {
        return Servers.url(place, text);
    }

    static @Nullable String environment(String name) {
        String value = System.getenv(name);
        return value == null || value.isBlank() ? null : value;
    }

    /** Those that the option names, else the environment; none if neither does. */
    private List<AdminClient> explicit() throws CommandFailure {
        String place = servers.isEmpty() ? "$EVENKEEL_SERVER" : "--server";
        String environment = environment("EVENKEEL_SERVER");
        List<String> asked =
                !servers.isEmpty() || environment == null ? servers : List.of(environment.split("[,\\s]+"));
        List<Servers.Server> named = new ArrayList<>();
        for (String text : asked) {
            named.add(new Servers.Server(Servers.url(place, text), null));
        }
        return clients(named);
    }

    private List<AdminClient> clients(List<Servers.Server> named) throws CommandFailure {
        List<AdminClient> clients = new ArrayList<>();
        for (Servers.Server each : named) {
            clients.add(client(each));
        }
        return clients;
    }

    private AdminClient client(Servers.Server server) throws CommandFailure {
        URI url = server.url();
        Optional<ClusterFile.Node> known = Optional.empty();
        Path folder = data.path();
        String keyOfEnvironment = environment("EVENKEEL_API_KEY_FILE");
        Path keyFile = apiKeyFile != null
                ? apiKeyFile
                : keyOfEnvironment != null ? Path.of(keyOfEnvironment) : server.keyFile();
        if (Files.exists(folder.resolve(ClusterFile.NAME))) {
            known = ClusterFile.read(folder).stream()
                    .flatMap(cluster -> cluster.nodes().stream())
                    .filter(candidate -> candidate.admin().equals(url.getAuthority()))
                    .findFirst();
            if (keyFile == null && known.isPresent()) {
                keyFile = folder.resolve(known.get().apiKeyFile());
            }
        }
        if (keyFile == null) {
            throw new CommandFailure(CommandFailure.USAGE, "--server " + url + " needs --api-key-file FILE");
        }
        String name = known.map(ClusterFile.Node::name).orElse(url.getAuthority());
        return new AdminClient(name, url, keyFile, known);
    }
}
