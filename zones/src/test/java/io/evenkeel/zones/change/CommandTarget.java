package io.evenkeel.zones.change;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import io.evenkeel.zones.state.ZoneDiff;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * For a fuzzer: an octet that says what follows, then a command, a change or a snapshot without its checksum, which is put behind
 * it: damage is found by that, and what is behind it is to be looked into here.
 */
public final class CommandTarget {
    private static final int CHECKSUM = 4;
    private static final ReplicatedState WITH_ZONE = withZone();

    private CommandTarget() {}

    /** Throws if an invariant is broken. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        byte[] octets = sealed(Arrays.copyOfRange(input, 1, input.length + CHECKSUM));
        try {
            switch (input[0] & 3) {
                case 0 -> command(octets);
                case 1, 2 -> {
                    byte[] written = ChangeCodec.encode(ChangeCodec.decodeChange(octets));
                    same(written, ChangeCodec.encode(ChangeCodec.decodeChange(written)));
                }
                default -> ReplicatedState.readSnapshot(new ByteArrayInputStream(octets));
            }
        } catch (CodecException | EOFException refused) {
            String why = refused.getMessage();
            hold(why != null && !why.isBlank() && why.length() < 5_000, "refused without a word or with too many");
        }
    }

    /** A first input. */
    public static byte[] seed(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        Samples samples = new Samples(random);
        int kind = random.nextInt(4);
        byte[] octets = switch (kind) {
            case 0 -> CommandCodec.encode(random.nextInt(4) == 0 ? diff(random.nextInt(8)) : samples.command());
            case 1, 2 -> ChangeCodec.encode(samples.change());
            default -> snapshot(WITH_ZONE);
        };
        byte[] input = new byte[1 + octets.length - CHECKSUM];
        input[0] = (byte) kind;
        System.arraycopy(octets, 0, input, 1, octets.length - CHECKSUM);
        return input;
    }

    private static ZoneCommand diff(int host) {
        return new ZoneCommand.ApplyDiff(
                Samples.APEX,
                new ZoneDiff(
                        new ZoneVersion(1, 1),
                        List.of(Samples.soa(5)),
                        List.of(Samples.soa(6), Samples.record("h.example.", 60, 1, "192.0.2." + host)),
                        6),
                List.of());
    }

    private static void command(byte[] octets) throws IOException {
        ZoneCommand command = CommandCodec.decode(octets);
        byte[] written = CommandCodec.encode(command);
        same(written, CommandCodec.encode(CommandCodec.decode(written)));
        apply(ReplicatedState.empty(), command);
        apply(WITH_ZONE, command);
    }

    private static void apply(ReplicatedState state, ZoneCommand command) throws IOException {
        Hash256 before = state.digest();
        ReplicatedState.Transition once = state.apply(state.index() + 1, command);
        Hash256 after = once.next().digest();
        same(before, state.digest());
        same(after, state.apply(state.index() + 1, command).next().digest());
        same(
                after,
                ReplicatedState.readSnapshot(new ByteArrayInputStream(snapshot(once.next())))
                        .digest());
        switch (once.result()) {
            case CommandResult.Applied _, CommandResult.Diverged _ -> {}
            case CommandResult.Stale _ -> same(before, after);
            case CommandResult.Refused(String reason) -> hold(!reason.isBlank(), "refused without a word");
            // A diff is what a leader made of that very version; what it made of none leaves the zones as they are.
            case CommandResult.Faulted(String reason) -> {
                hold(state.catalog() == once.next().catalog(), "a fault changed the zones");
                hold(once.next().faultCount() == state.faultCount() + 1, "a fault is not on record");
                hold(command.plain() instanceof ZoneCommand.ApplyDiff, reason);
            }
        }
    }

    private static ReplicatedState withZone() {
        ReplicatedState state = ReplicatedState.empty();
        List<ZoneCommand> commands = List.of(
                new ZoneCommand.PutZone(
                        Samples.APEX, null, new ZoneContents.Inline(Samples.zone(5)), 5, List.of(new RequestId(1, 1))),
                new ZoneCommand.PutSetting("kind0", "a", new byte[] {1}, 0));
        for (ZoneCommand command : commands) {
            ReplicatedState.Transition next = state.apply(state.index() + 1, command);
            hold(next.result() instanceof CommandResult.Applied, next.result().toString());
            state = next.next();
        }
        return state;
    }

    private static byte[] snapshot(ReplicatedState state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        state.writeSnapshot(out);
        return out.toByteArray();
    }

    private static byte[] sealed(byte[] octets) {
        CRC32C crc = new CRC32C();
        crc.update(octets, 0, octets.length - CHECKSUM);
        for (int i = 1; i <= CHECKSUM; i++) {
            octets[octets.length - i] = (byte) (crc.getValue() >>> (8 * (i - 1)));
        }
        return octets;
    }

    private static void same(Hash256 one, Hash256 other) {
        hold(one.equals(other), "not the same state");
    }

    private static void same(byte[] one, byte[] other) {
        hold(Arrays.equals(one, other), "not the same octets");
    }

    private static void hold(boolean condition, String violation) {
        if (!condition) {
            throw new AssertionError(violation);
        }
    }
}
