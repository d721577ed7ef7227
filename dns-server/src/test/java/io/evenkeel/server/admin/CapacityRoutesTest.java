package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.server.capacity.ClusterCapacity;
import io.evenkeel.server.capacity.ClusterCapacity.Contact;
import io.evenkeel.server.capacity.ClusterCapacity.Fleet;
import io.evenkeel.server.capacity.ClusterCapacity.Member;
import io.evenkeel.server.capacity.Probe;
import io.evenkeel.server.capacity.TestVitals;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.Capacity.Origin;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The load and the capacity of the members, through real HTTP. */
final class CapacityRoutesTest extends AdminTest {
    private static final String CAPACITY = "/api/v1/evenkeel/capacity";
    private static final String PLAN = CAPACITY + "/plan";

    private static final Member N1 = member("n1", 3_000, 50_000, Probe.NOT_ASKED);
    private static final Member N2 = member("n2", 1_000, 20_000, Probe.ANSWERED);
    private static final Member SILENT = new Member("n3", Contact.SILENT, null, Probe.SILENT, Probe.OTHER);
    private static final Member OLDER = new Member("n3", Contact.OLDER, null, Probe.NOT_ASKED, Probe.NOT_ASKED);

    private static Member member(String name, double loadQps, double capacityQps, Probe probe) {
        return new Member(name, Contact.HEARD, TestVitals.of(loadQps, capacityQps, true), probe, probe);
    }

    private void know(Member... members) {
        Capacity own = new Capacity(14_000, 1, Origin.MEASURED);
        Fleet fleet = new Fleet(100_000, Duration.ofMinutes(1), Duration.ofSeconds(2));
        node.capacity.set(new ClusterCapacity("n1", List.of(members), 10_000, null, own, fleet));
    }

    @Test
    void capacityTellsOfAllMembersAndWhatFollows() throws Exception {
        know(N1, N2, SILENT);
        JsonNode shown = json(node.get(CAPACITY));
        assertThat(shown.path("node").asText()).isEqualTo("n1");
        assertThat(shown.path("loadQps").asDouble()).isEqualTo(4_000);
        assertThat(shown.path("worstLoadQps").asDouble()).isEqualTo(10_000);
        assertThat(shown.path("ownShare").asDouble()).isEqualTo(0.75);
        assertThat(shown.path("skew").asDouble()).isEqualTo(1.5);
        assertThat(shown.path("headroom").asDouble()).isEqualTo(12.5);
        assertThat(shown.path("headroomWorst").asDouble()).isEqualTo(5);
        assertThat(shown.path("lossesSurvivable").asInt(-2)).isEqualTo(1);
        assertThat(shown.path("stormHeadroom").asDouble()).isEqualTo(2.765);

        JsonNode n2 = shown.at("/members/1");
        assertThat(n2.path("name").asText()).isEqualTo("n2");
        assertThat(n2.path("contact").asText()).isEqualTo("heard");
        assertThat(n2.path("udp").asText()).isEqualTo("answered");
        assertThat(n2.path("role").asText()).isEqualTo("FOLLOWER");
        assertThat(n2.path("open").asBoolean()).isTrue();
        assertThat(n2.path("loadQps").asDouble()).isEqualTo(1_000);
        assertThat(n2.path("capacityQps").asDouble()).isEqualTo(20_000);
        assertThat(n2.path("diskFree").asDouble()).isEqualTo(0.5);
        assertThat(shown.at("/members/0/tcp").asText()).isEqualTo("not-asked");

        JsonNode n3 = shown.at("/members/2");
        assertThat(n3.path("contact").asText()).isEqualTo("silent");
        assertThat(n3.path("udp").asText()).isEqualTo("silent");
        assertThat(n3.path("tcp").asText()).isEqualTo("other");
        assertThat(n3.has("loadQps")).as("it has told none").isFalse();
        assertThat(shown.path("advice"))
                .anySatisfy(line -> assertThat(line.asText()).startsWith("n3 "));
    }

    @Test
    void whatIsNotKnownIsNullAndNoNumber() throws Exception {
        node.capacity.set(new ClusterCapacity(
                "n1", List.of(member("n1", 0, Double.NaN, Probe.NOT_ASKED), OLDER), 0, null, null, null));
        JsonNode shown = json(node.get(CAPACITY));
        for (String field :
                List.of("ownShare", "skew", "headroom", "headroomWorst", "lossesSurvivable", "stormHeadroom")) {
            assertThat(shown.path(field).isNull()).as(field).isTrue();
        }
        assertThat(shown.at("/members/0/capacityQps").isNull()).isTrue();
        assertThat(shown.at("/members/1/contact").asText()).isEqualTo("older");
    }

    @Test
    void aPlanSaysWhetherItIsFineAndWhatTheClusterCouldLose() throws Exception {
        know(N1, N2, SILENT);
        JsonNode worse = json(node.get(PLAN + "?node=n2&factor=0.5"));
        assertThat(worse.path("node").asText()).isEqualTo("n2");
        assertThat(worse.path("factor").asDouble()).isEqualTo(0.5);
        assertThat(worse.path("fine").asBoolean(true)).isFalse();
        assertThat(worse.path("lossesSurvivableNow").asInt(-2)).isEqualTo(1);
        assertThat(worse.path("lossesSurvivable").asInt(-2)).isZero();
        assertThat(worse.at("/lines/0").asText()).contains("n2 could answer 10,000", "now 20,000", "10,000");

        JsonNode better = json(node.get(PLAN + "?node=n2&factor=2"));
        assertThat(better.path("fine").asBoolean()).isTrue();
        assertThat(better.path("lossesSurvivable").asInt(-2)).isEqualTo(1);
    }

    @Test
    void nothingIsJudgedBesideAMemberThatTellsNothing() throws Exception {
        know(N1, N2, OLDER);
        JsonNode plan = json(node.get(PLAN + "?node=n2&factor=2"));
        assertThat(plan.path("fine").asBoolean(true)).isFalse();
        assertThat(plan.path("lossesSurvivableNow").isNull()).isTrue();
        assertThat(plan.path("lossesSurvivable").isNull()).isTrue();
        assertThat(plan.at("/lines/0").asText()).contains("n3", "nothing can be said");
        assertThat(json(node.get(CAPACITY)).path("lossesSurvivable").isNull()).isTrue();
    }

    @Test
    void aPlanThatIsNoneIsRefusedWithWhatIsAllowed() throws Exception {
        know(N1, N2);
        AdminFixture.assertError(node.get(PLAN + "?factor=2"), 422, "node is missing");
        AdminFixture.assertError(node.get(PLAN + "?node=n9&factor=2"), 404, "members: n1, n2");
        AdminFixture.assertError(node.get(PLAN + "?node=n2"), 422, "factor is no number", "0.01 to 100");
        AdminFixture.assertError(node.get(PLAN + "?node=n2&factor=half"), 422, "factor is no number");
        for (String factor : List.of("0", "-1", "100.1", "NaN", "Infinity")) {
            AdminFixture.assertError(
                    node.get(PLAN + "?node=n2&factor=" + factor), 422, "factor is out of range", "0.01 to 100");
        }
    }

    private static JsonNode json(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return AdminFixture.json(answer);
    }
}
