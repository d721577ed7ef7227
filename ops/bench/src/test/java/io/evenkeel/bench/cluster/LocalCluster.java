package io.evenkeel.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.ops.local.ClusterFolder;
import io.evenkeel.ops.local.Layout;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** A cluster of real processes, driven through the real launcher; ended, whatever happens, with the test. */
public final class LocalCluster implements AutoCloseable {
    public static final Name ZONE = Name.fromConstantString("callhome.example.");
    /** Generous: the machine may be three times slower than the one this was written on. */
    public static final Duration LONG = Duration.ofSeconds(60);

    /** How long a client waits for an answer of a node that must answer: above what a loaded machine keeps from a process. */
    public static final Duration PATIENCE = Duration.ofSeconds(5);

    /** A device asks again after it: as `dns.client-timeout`, of which a node drops what has waited for 0.8, as on a machine that stood still. */
    public static final Duration TRY = Duration.ofSeconds(1);

    /** The launcher of these sources. */
    public static final Path LAUNCHER =
            Path.of("../bin/evenkeel").toAbsolutePath().normalize();
    /** The master file of {@link #ZONE}. */
    public static final String SAMPLE = "../../docker/callhome.example.zone";

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    private static boolean prepared;

    private final Path data;
    private final int basePort;
    private final int nodes;
    private final Map<String, String> environment;

    public LocalCluster(Path data, int nodes) {
        this(data, nodes, Map.of());
    }

    /** @param environment of the launcher, beside that of this process */
    public LocalCluster(Path data, int nodes, Map<String, String> environment) {
        prepare();
        this.environment = environment;
        this.data = data;
        this.nodes = nodes;
        this.basePort = freeBasePort();
    }

    /** What one run of the launcher said. */
    public record Said(int code, String out, String err) {}

    /** What an admin API answered; status 0: it did not, and never had the request; -1: the connection broke meanwhile. */
    public record Reply(int status, String body, Optional<String> retryAfter) {
        public boolean accepted() {
            return status >= 200 && status < 300 && status != 202;
        }

        public boolean neverDone() {
            return status == 0 || status == 503 || status / 100 == 4;
        }
    }

    /** The launcher prepares a new build before its first node: no test that waits for a node is to wait for that, too. */
    private static synchronized void prepare() {
        if (prepared) {
            return;
        }
        try {
            Said said = evenkeel(Map.of(), "serve", "--config", "target/no-such-file.yaml");
            assertThat(said.code()).as("%s", said).isEqualTo(2);
            prepared = true;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public static Said evenkeel(Map<String, String> environment, String... args)
            throws IOException, InterruptedException {
        Process process = launch(environment, args);
        // Read aside, because a detached node that kept our pipe would be a fault to be seen as a hang, not as an end.
        StringBuilder err = new StringBuilder();
        Thread reader = Thread.ofVirtual().start(() -> err.append(text(process.errorReader())));
        String out = text(process.inputReader());
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        reader.join();
        return new Said(process.exitValue(), out.strip(), err.toString().strip());
    }

    public static Process launch(Map<String, String> environment, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static String text(java.io.BufferedReader reader) {
        return String.join("\n", reader.lines().toList());
    }

    /** The launcher, told which data folder. */
    public Said run(String... args) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--data", data.toString()));
        return evenkeel(environment, all.toArray(String[]::new));
    }

    /** {@code up --detach}, which must work. */
    public Said up() throws IOException, InterruptedException {
        ClusterGuard.watch(data);
        Said said = run("up", "--detach", "--nodes", "" + nodes, "--base-port", "" + basePort);
        assertThat(said.code()).as("%s%n%s", said.err(), said.out()).isZero();
        return said;
    }

    /**
     * Starts one node by itself, of a data folder that has been prepared; it ends with this JVM, however that ends.
     *
     * @param wrapper makes what runs a command, under the pid of the process that it starts
     */
    synchronized Process serve(String name, Function<String[], ProcessBuilder> wrapper) throws IOException {
        String config = data.resolve(node(name).config()).toString();
        ProcessBuilder builder = wrapper.apply(
                        new String[] {LAUNCHER.toString(), "serve", "--config", config, "--exit-with-stdin"})
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(data.resolve(name).resolve("stderr.log").toFile());
        // What the wrapper says is for this node; what this process was told is not.
        builder.environment()
                .entrySet()
                .removeIf(variable -> variable.getKey().startsWith("EVENKEEL_")
                        && !variable.getKey().endsWith("_OPTS")
                        && variable.getValue().equals(System.getenv(variable.getKey())));
        builder.environment()
                .put("EVENKEEL_HEALTH_LISTEN", "127.0.0.1:0"); // nodes of other clusters have the usual one
        Process process = builder.start();
        List<ClusterFile.Node> noted = new ArrayList<>(nodes());
        noted.replaceAll(node ->
                node.name().equals(name) ? node.withProcess(process.pid(), OsProcess.startTicks(process.pid())) : node);
        new ClusterFile(ClusterFile.FORMAT, "evenkeel", noted).write(data);
        return process;
    }

    public Path data() {
        return data;
    }

    public int basePort() {
        return basePort;
    }

    public List<ClusterFile.Node> nodes() {
        try {
            return ClusterFile.read(data).orElseThrow().nodes();
        } catch (CommandFailure e) {
            throw new AssertionError(e);
        }
    }

    public ClusterFile.Node node(String name) {
        return nodes().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The node that the others take for the leader and that is ready to take changes. */
    public ClusterFile.Node leader() {
        return Awaitility.await()
                .atMost(LONG)
                .until(this::leaderNow, Optional::isPresent)
                .orElseThrow();
    }

    private Optional<ClusterFile.Node> leaderNow() {
        for (ClusterFile.Node node : nodes()) {
            Reply reply = send(node, "GET", "/api/v1/evenkeel/status", null, Duration.ofSeconds(2));
            JsonNode status = Json.readOrMissing(reply.body().getBytes(StandardCharsets.UTF_8));
            if (reply.status() == 200 && status.path("role").asText().equalsIgnoreCase("leader")) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }

    public List<ClusterFile.Node> othersThan(ClusterFile.Node one) {
        return nodes().stream().filter(node -> !node.name().equals(one.name())).toList();
    }

    /** Kills a node that this process has started, and waits until it is gone. */
    public static void kill(Process node) {
        node.destroyForcibly();
        node.onExit().orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join();
    }

    public static void signal(String signal, ClusterFile.Node... targets) throws IOException, InterruptedException {
        for (ClusterFile.Node node : targets) {
            assertThat(node.runs()).isTrue(); // never a foreign process that got the pid
            assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(node.pid()))
                            .start()
                            .waitFor())
                    .isZero();
        }
    }

    public static void awaitGone(List<ClusterFile.Node> targets) {
        Awaitility.await().atMost(LONG).until(() -> targets.stream().noneMatch(ClusterFile.Node::runs));
    }

    /** Deletes all that a node which does not run has written. */
    public void wipe(ClusterFile.Node node) throws IOException {
        assertThat(node.runs()).isFalse();
        ClusterFolder.wipe(data.resolve(node.name()));
    }

    /** Sets one TXT record. */
    public Reply setTxt(ClusterFile.Node node, String owner, String value) {
        String body = """
                {"rrsets":[{"name":"%s.%s","type":"TXT","ttl":60,"changetype":"REPLACE",
                 "records":[{"content":"\\"%s\\"","disabled":false}]}]}""".formatted(owner, ZONE, value);
        return send(node, "PATCH", AdminClient.zonePath(ZONE.toString()), body, Duration.ofSeconds(20));
    }

    public Reply send(ClusterFile.Node node, String method, String path, @Nullable String body, Duration timeout) {
        return send(node, method, path, body, timeout, Map.of());
    }

    /** The same with more headers. */
    public Reply send(
            ClusterFile.Node node,
            String method,
            String path,
            @Nullable String body,
            Duration timeout,
            Map<String, String> headers) {
        BodyPublisher sent = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        return exchange(node, method, path, sent, timeout, headers);
    }

    /** The same with a body that need not be in memory. */
    public Reply exchange(
            ClusterFile.Node node,
            String method,
            String path,
            BodyPublisher body,
            Duration timeout,
            Map<String, String> headers) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + node.admin() + path))
                    .timeout(timeout)
                    .header(
                            "X-API-Key",
                            Files.readString(data.resolve(node.apiKeyFile())).strip())
                    .method(method, body);
            headers.forEach(request::header);
            HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
            return new Reply(
                    response.statusCode(), response.body(), response.headers().firstValue("Retry-After"));
        } catch (ConnectException | java.net.http.HttpConnectTimeoutException notReached) {
            return new Reply(0, "", Optional.empty());
        } catch (IOException broken) {
            return new Reply(-1, String.valueOf(broken), Optional.empty());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Asks as a device does, again and again within {@link #PATIENCE}; empty if all of that was in vain. */
    public static Optional<Message> ask(ClusterFile.Node node, Name name, int type) {
        return Stream.generate(() -> ask(node, name, type, TRY))
                .limit(PATIENCE.dividedBy(TRY))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Asks once. */
    public static Optional<Message> ask(ClusterFile.Node node, Name name, int type, Duration timeout) {
        try {
            return DnsQuestion.ask(AddressText.parse(node.dns(), 1), name, type, timeout);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The text that a node answers for a name; empty if the name is not there. A node that does not answer fails the test. */
    public static Optional<String> txt(ClusterFile.Node node, String owner) {
        Name name = name(owner);
        Message answer = Stream.generate(() -> ask(node, name, Type.TXT, TRY))
                .limit(LONG.dividedBy(TRY))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> new AssertionError(node.name() + " does not answer"));
        assertThat(answer.getRcode()).isIn(Rcode.NOERROR, Rcode.NXDOMAIN);
        return answer.getSection(Section.ANSWER).stream()
                .filter(TXTRecord.class::isInstance)
                .map(record -> ((TXTRecord) record).getStrings().getFirst())
                .findFirst();
    }

    public static Name name(String owner) {
        try {
            return Name.fromString(owner, ZONE);
        } catch (org.xbill.DNS.TextParseException e) {
            throw new AssertionError(e);
        }
    }

    /** Sum of all counters whose name begins so. */
    public double counter(ClusterFile.Node node, String prefix) {
        String scrape =
                send(node, "GET", "/metrics", null, Duration.ofSeconds(5)).body();
        return scrape.lines()
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static int freeBasePort() {
        try {
            return Layout.freeBasePort();
        } catch (CommandFailure e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(data.resolve(ClusterFile.NAME))) {
            List<ClusterFile.Node> last = nodes();
            try {
                Said said = run("down", "--kill");
                assertThat(said.code()).as(said.err()).isZero();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            assertThat(last).noneMatch(ClusterFile.Node::runs);
        }
        ClusterGuard.leave(data);
    }
}
