package io.evenkeel.server.change;

import io.evenkeel.server.peer.GoldenFrames;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.Origin;
import org.junit.jupiter.api.Test;

class SubmitTest {
    @Test
    void submitKeepsItsOctets() throws Exception {
        GoldenFrames.request(
                "SUBMIT",
                Submit.KIND,
                new Submit(1500, new RequestId(1, 2), new Origin("key", "", ""), new byte[] {1, 2, 3}, false));
        GoldenFrames.request(
                "SUBMIT.forced",
                Submit.KIND,
                new Submit(1500, new RequestId(1, 2), new Origin("key", "", ""), new byte[] {1, 2, 3}, true));
        GoldenFrames.request(
                "SUBMIT.origin",
                Submit.KIND,
                new Submit(
                        1500, new RequestId(1, 2), new Origin("key", "192.0.2.7", "n1"), new byte[] {1, 2, 3}, false));
        GoldenFrames.outcome(
                "SUBMIT.answer",
                Submit.KIND,
                new Outcome.Done<>(new Accepted(11, new ZoneVersion(3, 4), 4_294_967_295L, false)));
    }
}
