package io.evenkeel.server.admin;

import static io.evenkeel.server.admin.AdminFixture.assertError;
import static io.evenkeel.server.admin.AdminFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TXTRecord;

/** What a search may take of a node: time, text and places. */
class SearchBoundsTest extends AdminTest {
    private static final Name APEX = Name.fromConstantString("example.");
    private static final long LONG_SECONDS = 30;

    /** A clock, which is all that a search wants of it. */
    private record Clock(LongSupplier now) implements Time {
        @Override
        public long nanos() {
            return now.getAsLong();
        }

        @Override
        public void sleep(Duration length) throws InterruptedException {
            SYSTEM.sleep(length);
        }

        @Override
        public <T> T await(CompletableFuture<T> future, Duration atMost)
                throws InterruptedException, ExecutionException, TimeoutException {
            return SYSTEM.await(future, atMost);
        }
    }

    /** The API of a node with one zone, which has these records beside SOA and NS. */
    private AdminApi serve(List<Record> records, LongSupplier now) throws Exception {
        List<Record> all = new ArrayList<>(records);
        all.add(new SOARecord(APEX, DClass.IN, 60, APEX, APEX, 1, 60, 60, 60, 60));
        all.add(new NSRecord(APEX, DClass.IN, 60, Name.fromConstantString("ns.invalid.")));
        ZoneCommand put = new ZoneCommand.PutZone(APEX, null, new ZoneContents.Inline(all), 1, List.of());
        StateRoot root = new StateRoot(ReplicatedState.empty());
        root.publish(new Published(1, 1, ReplicatedState.empty().apply(1, put).next(), 0));
        return AdminApi.serve(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                List.of(new SearchRoute(root, new Clock(now)).route()),
                node.view,
                ApiKeys.open(folder, List.of(), ClientPrivacy.FULL),
                node.counters);
    }

    private HttpResponse<String> search(AdminApi api, String query) throws Exception {
        return node.send(node.request(
                        api.address().getPort(),
                        "GET",
                        "/api/v1/servers/localhost/search-data?" + query,
                        BodyPublishers.noBody())
                .header("X-API-Key", node.key())
                .build());
    }

    private static Name host(int number) {
        return Name.fromConstantString("h" + number + ".example.");
    }

    private static List<Record> hosts(int count) throws Exception {
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(new ARecord(host(i), DClass.IN, 60, InetAddress.ofLiteral("192.0.2.1")));
        }
        return records;
    }

    @Test
    void aSearchGivesUpAfterItsTimeAndSaysHowFarItCame() throws Exception {
        AtomicLong now = new AtomicLong();
        int step = AdminLimits.SEARCH_STEP;
        // Each look at the clock is most of the time later than the one before, and the first is when it begins.
        long most = AdminLimits.SEARCH.toNanos();
        try (AdminApi api = serve(hosts(3 * step), () -> now.getAndAdd(most - 1))) {
            HttpResponse<String> late = search(api, "q=nothing&max=7");
            assertError(
                    late,
                    503,
                    "has taken " + AdminLimits.SEARCH.toSeconds() + " s, read " + 2 * step
                            + " records and found 0 of 7 hits",
                    "'max'");
            assertThat(late.headers().firstValue("Retry-After")).isPresent();
            assertThat(search(api, "q=192.0.2.1&max=7").statusCode())
                    .as("its place is free again")
                    .isEqualTo(200);
        }
    }

    @Test
    void aSearchWithinItsTimeReadsAll() throws Exception {
        try (AdminApi api = serve(hosts(3 * AdminLimits.SEARCH_STEP), new AtomicLong()::get)) {
            assertThat(json(search(api, "q=nothing"))).isEmpty();
            assertThat(json(search(api, "q=h" + (3 * AdminLimits.SEARCH_STEP - 1) + ".example")))
                    .hasSize(1);
        }
    }

    @Test
    void hitsWithMoreTextThanIsHeldAreRefused() throws Exception {
        List<String> strings = Collections.nCopies(200, "x".repeat(255));
        int chars = 200 * 255 + 2;
        int fitting = AdminLimits.SEARCH_CHARS / chars;
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < fitting + 8; i++) {
            records.add(new TXTRecord(host(i), DClass.IN, 60, strings));
        }
        try (AdminApi api = serve(records, System::nanoTime)) {
            assertError(
                    search(api, "q=*xxx*&max=1000"),
                    422,
                    "the first " + (fitting + 1) + " hits have more than " + AdminLimits.SEARCH_CHARS + " characters",
                    "'max'");
            assertThat(json(search(api, "q=*xxx*&max=" + fitting))).hasSize(fitting);
        }
    }

    @Test
    void thereIsOneSearchAtATime() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        LongSupplier now = () -> {
            begun.countDown();
            try {
                return goesOn.await(LONG_SECONDS, TimeUnit.SECONDS) ? 0 : 1;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        try (AdminApi api = serve(hosts(2), now);
                ExecutorService caller = Executors.newSingleThreadExecutor()) {
            Future<HttpResponse<String>> first = caller.submit(() -> search(api, "q=h1.example"));
            try {
                assertThat(begun.await(LONG_SECONDS, TimeUnit.SECONDS)).isTrue();
                assertError(search(api, "q=h1.example"), 503, "another search is under way");
            } finally {
                goesOn.countDown();
            }
            assertThat(json(first.get(LONG_SECONDS, TimeUnit.SECONDS))).hasSize(1);
        }
    }
}
