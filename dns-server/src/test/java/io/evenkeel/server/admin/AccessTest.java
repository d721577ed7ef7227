package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.TestLog;
import io.evenkeel.server.change.ChangeService;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Checks who may call, through real HTTP. */
final class AccessTest extends AdminTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final List<String> OPEN = List.of("/livez", "/readyz", "/metrics");

    @Test
    void everyRouteLetsInExactlyThoseThatItDeclares() throws Exception {
        node.createExample();
        ReplicatedState before = node.replica.root().get().state();
        for (Route route : node.api.routes()) {
            for (String key : List.of("", "wrong")) {
                HttpResponse<String> answer = call(route.method(), address(route), key);
                if (route.access() == Access.KEYED) {
                    AdminFixture.assertError(answer, 401, "Unauthorized");
                } else {
                    assertThat(answer.statusCode()).as(route.toString()).isEqualTo(200);
                }
            }
        }
        // Ticks go on meanwhile, which change neither.
        ReplicatedState after = node.replica.root().get().state();
        assertThat(after.catalog()).as("nothing was changed without a key").isSameAs(before.catalog());
        assertThat(after.settings()).isSameAs(before.settings());
        for (Route route : node.api.routes()) {
            assertThat(call(route.method(), address(route), node.key()).statusCode())
                    .as(route.toString())
                    .isNotIn(401, 405, 500);
        }
    }

    @Test
    void aRefusedKeyIsALineOfTheLogThatTellsTheAddressAndNotTheKey() throws Exception {
        try (TestLog log = TestLog.of(AdminApi.class, Level.WARN)) {
            AdminFixture.assertError(call("GET", "/api/v1/evenkeel/status", "key-of-another-node"), 401);
            assertThat(log.lines())
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("admin API: refused a key of 127.0.0.")
                            .endsWith(" that is not this node's"))
                    .noneSatisfy(line -> assertThat(line).contains("key-of-another-node"));
        }
    }

    @Test
    void refusedKeysAndMissingOnesAreCounted() throws Exception {
        for (int i = 0; i < 3; i++) {
            AdminFixture.assertError(call("GET", AdminFixture.EXAMPLE_ZONE, "wrong"), 401);
        }
        AdminFixture.assertError(call("GET", AdminFixture.EXAMPLE_ZONE, ""), 401);
        assertThat(node.counters.refused(AdminCounters.Refusal.WRONG)).isEqualTo(3);
        assertThat(node.counters.refused(AdminCounters.Refusal.MISSING)).isEqualTo(1);
        assertThat(node.counters.refused(AdminCounters.Refusal.ELSEWHERE)).isZero();
        ApiKeys keys = ApiKeys.open(folder, List.of(), ClientPrivacy.PREFIX);
        assertThat(keys.find(node.key(), InetAddress.ofLiteral("192.0.2.1")).refusal())
                .isEqualTo(AdminCounters.Refusal.ELSEWHERE);
        assertThat(keys.find(node.key(), InetAddress.getLoopbackAddress()).refusal())
                .isNull();
        assertThat(keys.show(InetAddress.ofLiteral("192.0.2.1"))).isEqualTo("192.0.2.0/24");
    }

    @Test
    void aNamedKeyIsGoodOnceItsFileIsThereAndTellsItsName() throws Exception {
        Path file = folder.resolve("feed.key");
        AdminSettings.Key feed = new AdminSettings.Key("feed", file, true);
        ApiKeys keys = ApiKeys.open(folder, List.of(feed), ClientPrivacy.PREFIX);
        InetAddress here = InetAddress.getLoopbackAddress();
        String key = "0123456789abcdef0123456789abcdef";
        assertThat(keys.trouble()).isEmpty();
        assertThat(keys.troubles()).singleElement().asString().contains("feed.key", "take it out of admin.keys");
        assertThat(keys.find(key, here).refusal()).isEqualTo(AdminCounters.Refusal.WRONG);
        Files.writeString(file, "short\n");
        keys.poll();
        assertThat(keys.troubles()).singleElement().asString().contains("at least 32 characters", "openssl rand");

        Files.writeString(file, key + "\n");
        keys.poll();
        assertThat(keys.troubles()).isEmpty();
        assertThat(keys.find(key, here).caller()).isEqualTo(new Caller(new Origin("feed", "127.0.0.0/24", ""), true));
        assertThat(keys.find(node.key(), here).caller())
                .isEqualTo(new Caller(new Origin("local-api-key", "127.0.0.0/24", ""), false));
        assertThat(keys.find(key, InetAddress.ofLiteral("192.0.2.1")).refusal())
                .isEqualTo(AdminCounters.Refusal.ELSEWHERE);
    }

    @Test
    void onlyHealthAndMetricsAreOpen() {
        assertThat(node.api.routes())
                .filteredOn(route -> route.access() == Access.OPEN)
                .extracting(Route::pattern)
                .containsExactlyInAnyOrderElementsOf(OPEN);
    }

    @Test
    void strangersAreNotToldWhichPathsThereAre() throws Exception {
        for (String path : List.of("/api/nothing", "/apis", "/api/v1/servers/%2f", AdminFixture.EXAMPLE_ZONE)) {
            for (String method : List.of("GET", "POST", "OPTIONS")) {
                AdminFixture.assertError(call(method, path, ""), 401, "Unauthorized");
            }
        }
        AdminFixture.assertError(call("GET", "/nothing", ""), 404);
        AdminFixture.assertError(call("POST", "/livez", ""), 405);
    }

    /** As far as {@code privacy.client-addresses} lets it be told, which the next test shows. */
    @Test
    void theLineOfAChangeTellsWhereItCameFrom() throws Exception {
        try (TestLog log = TestLog.of(ChangeService.class, Level.INFO)) {
            node.createExample();
            assertThat(log.lines())
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("example.: made, serial none to ")
                            .contains(", by local-api-key from 127.0.0.1, request "));
        }
    }

    @Test
    void aDeclarationHoldsWhateverThePathIsAndTheCallKnowsWhoAsks() throws Exception {
        List<Route> routes = List.of(
                new Route("GET", "/api/open", Access.OPEN, AccessTest::whoAsks),
                new Route("GET", "/keyed", Access.KEYED, AccessTest::whoAsks),
                new Route("GET", "/mixed", Access.OPEN, AccessTest::whoAsks),
                new Route("PUT", "/mixed", Access.KEYED, AccessTest::whoAsks));
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (AdminApi api = AdminApi.serve(
                any, routes, node.view, ApiKeys.open(folder, List.of(), ClientPrivacy.PREFIX), node.counters)) {
            int port = api.address().getPort();
            assertThat(call(port, "GET", "/api/open", "").body()).isEqualTo("open");
            assertThat(call(port, "GET", "/api/open", node.key()).body()).isEqualTo("open");
            AdminFixture.assertError(call(port, "GET", "/keyed", ""), 401);
            assertThat(call(port, "GET", "/keyed", node.key()).body()).isEqualTo("local-api-key from 127.0.0.0/24");
            assertThat(call(port, "GET", "/mixed", "").body()).isEqualTo("open");
            AdminFixture.assertError(call(port, "PUT", "/mixed", ""), 401);
            AdminFixture.assertError(call(port, "DELETE", "/mixed", ""), 401);
            HttpResponse<String> wrongMethod = call(port, "DELETE", "/mixed", node.key());
            AdminFixture.assertError(wrongMethod, 405);
            assertThat(wrongMethod.headers().firstValue("Allow")).contains("GET, HEAD, PUT");
        }
    }

    /** Requests whose bodies never come, more than there are places: a look at the status may take one meanwhile. */
    @Test
    void healthAndMetricsAnswerWhileAllOtherPlacesAreTaken() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < AdminLimits.REQUESTS + 8; i++) {
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), node.api.address().getPort());
                slow.add(socket);
                OutputStream out = socket.getOutputStream();
                out.write(("PATCH " + AdminFixture.EXAMPLE_ZONE + " HTTP/1.1\r\nHost: localhost\r\nX-API-Key: "
                                + node.key() + "\r\nContent-Length: 100\r\n\r\n{")
                        .getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
            HttpResponse<String> refused = await().atMost(LONG)
                    .until(() -> node.get("/api/v1/evenkeel/status"), answer -> answer.statusCode() == 503);
            AdminFixture.assertError(refused, 503, "requests are in work already");
            for (String path : OPEN) {
                assertThat(call("GET", path, "").statusCode()).as(path).isEqualTo(200);
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        await().atMost(LONG).until(() -> node.get("/api/v1/evenkeel/status").statusCode() == 200);
    }

    /** As many as there are processors for virtual threads, and one more, so that none of these would be left. */
    @Test
    void healthAnswersWhileWorkWithAKeyUsesEveryProcessor() throws Exception {
        AtomicBoolean go = new AtomicBoolean();
        AtomicInteger computing = new AtomicInteger();
        List<Route> routes = List.of(
                new Route("GET", "/livez", Access.OPEN, AccessTest::whoAsks),
                new Route("GET", "/api", Access.KEYED, call -> {
                    computing.incrementAndGet();
                    while (!go.get()) {
                        Thread.onSpinWait();
                    }
                    return whoAsks(call);
                }));
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (AdminApi api = AdminApi.serve(
                        any, routes, node.view, ApiKeys.open(folder, List.of(), ClientPrivacy.PREFIX), node.counters);
                ExecutorService callers = Executors.newCachedThreadPool()) {
            int port = api.address().getPort();
            int calls = Runtime.getRuntime().availableProcessors() + 1;
            List<Future<HttpResponse<String>>> answers = new ArrayList<>();
            try {
                for (int i = 0; i < calls; i++) {
                    answers.add(callers.submit(() -> call(port, "GET", "/api", node.key())));
                }
                await().atMost(LONG).until(() -> computing.get() == calls);
                assertThat(callers.submit(() -> call(port, "GET", "/livez", ""))
                                .get(LONG.toSeconds(), TimeUnit.SECONDS)
                                .statusCode())
                        .isEqualTo(200);
            } finally {
                go.set(true);
            }
            for (Future<HttpResponse<String>> answer : answers) {
                assertThat(answer.get().statusCode()).isEqualTo(200);
            }
        }
    }

    private static Reply whoAsks(Call call) {
        return Reply.text(200, "text/plain", call.principal());
    }

    /** With something that is there, or could be, for each variable. */
    private static String address(Route route) {
        return route.pattern()
                .replace("{zone_id}", "example.")
                .replace("{request_id}", "00000000000000000000000000000000")
                .replace("{version}", "1")
                .replace("{name}", "n9")
                .replace("{package}", "io.evenkeel.server.admin");
    }

    private HttpResponse<String> call(String method, String path, String key) throws Exception {
        return call(node.api.address().getPort(), method, path, key);
    }

    /** @param key empty: none */
    private HttpResponse<String> call(int port, String method, String path, String key) throws Exception {
        HttpRequest.Builder request = node.request(port, method, path, BodyPublishers.noBody());
        return node.send(
                key.isEmpty()
                        ? request.build()
                        : request.header("X-API-Key", key).build());
    }
}
