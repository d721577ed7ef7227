package io.evenkeel.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import java.io.EOFException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Frames between nodes as octets; each kind's own are tested in its room. */
class PeerCodecTest {
    @Test
    void endsThatAnyRequestMayComeToKeepTheirOctets() throws Exception {
        GoldenFrames.outcome("NOT_DONE", Ping.KIND, new Outcome.NotDone<>("überlastet"));
        GoldenFrames.outcome("REFUSED", Ping.KIND, new Outcome.Refused<>(Reason.CONFLICT, List.of("one", "two")));
        GoldenFrames.outcome("NOT_LEADER", Ping.KIND, new Outcome.NotLeader<>("n2"));
        GoldenFrames.outcome("NOT_LEADER.nobody", Ping.KIND, new Outcome.NotLeader<>(null));
        GoldenFrames.outcome("UNKNOWN", Ping.KIND, new Outcome.Unknown<>("lost"));
        GoldenFrames.outcome("UNKNOWN.underway", Ping.KIND, new Outcome.Unknown<>("being judged", true));
        byte[] golden = GoldenFrames.golden("NOT_UNDERSTOOD", PeerCodec.notUnderstood(7, "code 50"));
        assertThat(PeerCodec.outcome("n1", Ping.KIND, GoldenFrames.read(golden)))
                .isEqualTo(new Outcome.Refused<Nothing>(Reason.FAULT, List.of("n1 does not understand PING: code 50")));
    }

    @Test
    void gateKeepsItsOctets() throws Exception {
        GoldenFrames.request("GATE", AskGate.KIND, new AskGate());
        GoldenFrames.outcome("GATE.answer", AskGate.KIND, new Outcome.Done<>(true));
        GoldenFrames.request("VITALS", AskVitals.KIND, new AskVitals());
        GoldenFrames.outcome(
                "VITALS.answer",
                AskVitals.KIND,
                new Outcome.Done<>(new Vitals(
                        1_234.5,
                        1_200,
                        34.5,
                        90_000,
                        3_600,
                        0.0015,
                        0.25,
                        ReplicaStatus.Role.LEADER,
                        true,
                        "n1",
                        "192.0.2.1:53",
                        Vitals.Disk.FINE)));
        double unknown = Double.NaN; // of which no two are the same to a recursive comparison
        Outcome<Vitals> little = new Outcome.Done<>(new Vitals(
                0, 0, 0, unknown, unknown, 0, unknown, ReplicaStatus.Role.NONE, false, "", ":53", Vitals.Disk.FINE));
        byte[] golden = GoldenFrames.golden("VITALS.answer.unknown", PeerCodec.encode(7, AskVitals.KIND, little));
        assertThat(PeerCodec.outcome("n1", AskVitals.KIND, GoldenFrames.read(golden)))
                .isEqualTo(little);
        GoldenFrames.outcome(
                "VITALS.answer.short",
                AskVitals.KIND,
                new Outcome.Done<>(new Vitals(
                        1, 1, 0, 1, 1, 0, 0.05, ReplicaStatus.Role.LEADER, true, "n1", ":53", Vitals.Disk.SHORT)));
    }

    @Test
    void endsThatAnyRequestMayComeToAreReadAtAnyVersion() throws Exception {
        for (String name :
                List.of("NOT_DONE", "REFUSED", "NOT_LEADER", "UNKNOWN", "UNKNOWN.underway", "NOT_UNDERSTOOD")) {
            byte[] golden = GoldenFrames.octets(name);
            assertThat(PeerCodec.outcome("n1", Ping.KIND, GoldenFrames.read(GoldenFrames.later(golden))))
                    .as(name)
                    .isEqualTo(PeerCodec.outcome("n1", Ping.KIND, GoldenFrames.read(golden)));
        }
    }

    @Test
    void anythingElseOfALaterVersionIsReadNoFurtherThanItsHead() throws Exception {
        PeerCodec.Frame request = GoldenFrames.read(GoldenFrames.later(GoldenFrames.octets("GATE")));
        assertThat(request.body()).isNull();
        assertThat(request.correlation()).isEqualTo(7);
        byte[] answer = GoldenFrames.later(GoldenFrames.octets("GATE.answer"));
        assertThat(PeerCodec.outcome("n1", AskGate.KIND, GoldenFrames.read(answer)))
                .isEqualTo(new Outcome.Unknown<Boolean>("n1 answers in version 9, this node reads 3"));
    }

    @Test
    void missingFieldsHaveTheirDefaults() throws Exception {
        FieldReader none = new FieldReader(new byte[0], 0);
        assertThat(none.text(1)).isNull();
        assertThat(none.text(1, "x")).isEqualTo("x");
        assertThat(none.number(1, 5)).isEqualTo(5);
        assertThat(none.flag(1, true)).isTrue();
        assertThat(none.choice(1, Reason.FAULT)).isEqualTo(Reason.FAULT);
        assertThat(none.texts(1)).isEmpty();
        assertThat(none.messages(1, Build::read)).isEmpty();
        assertThat(none.id(1)).isNull();
        assertThat(Build.read(none)).isEqualTo(new Build(0, "", 1, 0));
        assertThatThrownBy(() -> none.requiredText(1))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("missing");
        FieldReader later = new FieldReader(new FieldWriter().text(1, "LATER").toBytes(), 0);
        assertThat(later.choice(1, Reason.FAULT)).isEqualTo(Reason.FAULT);
        assertThatThrownBy(() -> later.requiredChoice(1, Reason.class)).isInstanceOf(CodecException.class);
    }

    @Test
    void tagComesOnceAndLengthsAreNotBelieved() {
        byte[] twice = new FieldWriter().flag(1, true).flag(1, false).toBytes();
        assertThatThrownBy(() -> new FieldReader(twice, 0)).isInstanceOf(CodecException.class);
        byte[] beyond = HexFormat.of().parseHex("017fffffff00");
        assertThatThrownBy(() -> new FieldReader(beyond, 0)).isInstanceOf(CodecException.class);
        byte[] many =
                new FieldWriter().bytes(1, HexFormat.of().parseHex("ffffffff")).toBytes();
        assertThatThrownBy(() -> new FieldReader(many, 0).texts(1)).isInstanceOf(CodecException.class);
        byte[] wide = new FieldWriter().number(1, 1L << 40).toBytes();
        assertThatThrownBy(() -> new FieldReader(wide, 0).intNumber(1, 0)).isInstanceOf(CodecException.class);
    }

    @Test
    void answerAboveTheLimitIsNotSent() throws Exception {
        byte[] frame = PeerCodec.encode(7, Echo.KIND, new Outcome.Done<>(new byte[PeerLimits.PEER_FRAME_BYTES]));
        assertThat(PeerCodec.outcome("n1", Echo.KIND, GoldenFrames.read(frame))).isInstanceOf(Outcome.Unknown.class);
    }

    @Test
    void problemsOfARefusalAreAsManyAsFitIntoAFrame() throws Exception {
        for (String line : List.of("x", "\u20ac".repeat(5_000))) {
            byte[] frame = PeerCodec.encode(
                    7, Ping.KIND, new Outcome.Refused<>(Reason.INVALID, Collections.nCopies(20_000, line)));
            Outcome<Nothing> read = PeerCodec.outcome("n1", Ping.KIND, GoldenFrames.read(frame));
            int lines = line.length() == 1 ? 10_000 : PeerLimits.PEER_FRAME_BYTES / 5 / 5_000;
            assertThat(read).isEqualTo(new Outcome.Refused<Nothing>(Reason.INVALID, Collections.nCopies(lines, line)));
        }
    }

    @Test
    void damagedFramesAreRefusedAndNothingElseIsThrown() throws Exception {
        for (String name : GoldenFrames.names()) {
            byte[] golden = GoldenFrames.octets(name);
            for (long seed = 0; seed < 200; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                byte[] damaged = golden.clone();
                for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                    damaged[4 + random.nextInt(damaged.length - 4)] = (byte) random.nextInt();
                }
                try {
                    PeerCodec.Frame frame = GoldenFrames.read(damaged);
                    if (!frame.isRequest()) {
                        assertThat(PeerCodec.outcome("n1", AskGate.KIND, frame)).isNotNull();
                    }
                } catch (PeerCodec.ProtocolException | EOFException e) {
                    assertThat(e.getMessage()).as(name + " " + seed).isNotBlank();
                }
            }
        }
    }
}
