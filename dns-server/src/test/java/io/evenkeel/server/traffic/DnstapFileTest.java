package io.evenkeel.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.process.ClientPrivacy;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The octets of a capture, by hand from dnstap.proto and the format of Frame Streams. */
final class DnstapFileTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] ADDRESS = {(byte) 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    private static final String START = "00000000" + "00000022" + "00000002" + "00000001" + "00000016"
            + HEX.formatHex("protobuf:dnstap.Dnstap".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    private static final String STOP = "00000000" + "00000004" + "00000003";
    private static final String HEAD = "0a026e31" + "12016b"; // identity n1, version k
    private static final String TAIL = "7801"; // type MESSAGE
    private static final String SECONDS = "40f1a286ba06"; // query_time_sec: varint of 1,732,350,321
    private static final String NANOS = "4d07000000"; // query_time_nsec: 7, fixed32

    private static String written(ClientPrivacy privacy, byte[] question, byte[] answer) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DnstapFile file = new DnstapFile(Channels.newChannel(out), "n1", "k", privacy, 1_732_350_321_000_000_000L);
        file.start();
        CaptureQueue queue = new CaptureQueue(CaptureFilter.ALL, 1 << 12);
        queue.offer(7, question, question.length, 12, 0, true, ADDRESS, 4, 53_000, answer, answer.length);
        queue.drain(message -> {
            long before = file.bytes();
            file.write(message);
            assertThat(file.bytes() - before).isLessThanOrEqualTo(file.most(message));
            return true;
        });
        file.stop();
        assertThat(file.bytes()).isEqualTo(out.size());
        return HEX.formatHex(out.toByteArray());
    }

    private static String frame(String message) {
        String whole = HEAD + "72" + "%02x".formatted(message.length() / 2) + message + TAIL;
        return "%08x".formatted(whole.length() / 2) + whole;
    }

    @Test
    void questionAndAnswerAreAFrameEach() throws Exception {
        String client = "2204c00002073088" + "9e03"; // query_address, query_port
        String query = "0801" + "1001" + "1802" + client + SECONDS + NANOS + "5203" + "010203";
        String response =
                "0802" + "1001" + "1802" + client + SECONDS + NANOS + "60f1a286ba06" + "6d07000000" + "7202" + "0405";
        assertThat(written(ClientPrivacy.FULL, new byte[] {1, 2, 3}, new byte[] {4, 5}))
                .isEqualTo(START + frame(query) + frame(response) + STOP);
    }

    @Test
    void withoutAnAnswerThereIsAQuestionAlone() throws Exception {
        String query = "0801" + "1001" + "1802" + "2204c00002003088" + "9e03" + SECONDS + NANOS + "5201" + "09";
        assertThat(written(ClientPrivacy.PREFIX, new byte[] {9}, new byte[0])).isEqualTo(START + frame(query) + STOP);
    }

    @Test
    void whereNoAddressMayBeToldItsFieldsAreLeftOut() throws Exception {
        String query = "0801" + "1802" + SECONDS + NANOS + "5201" + "09";
        assertThat(written(ClientPrivacy.NONE, new byte[] {9}, new byte[0])).isEqualTo(START + frame(query) + STOP);
    }

    @Test
    void networkOfAClientInAnOptionIsCutToo() {
        String before = "00070000000100000000000103777777000001000100002904d000000000000b0008000700012000";
        byte[] message = HEX.parseHex(before + "c00002");
        assertThat(hidden(message, ClientPrivacy.PREFIX)).isEqualTo(before + "c00002");
        assertThat(hidden(message, ClientPrivacy.NONE)).isEqualTo(before + "000000");
        byte[] longer = HEX.parseHex(before.replace("000b00080007", "000c00080008") + "c0000207");
        assertThat(hidden(longer, ClientPrivacy.PREFIX)).endsWith("c0000200");
        assertThat(hidden(HEX.parseHex("0007000000010000"), ClientPrivacy.NONE)).isEqualTo("0007000000010000");
        for (int cut = 0; cut < longer.length; cut++) {
            byte[] broken = java.util.Arrays.copyOf(longer, cut);
            assertThat(hidden(broken, ClientPrivacy.NONE)).hasSize(2 * cut);
        }
    }

    private static String hidden(byte[] message, ClientPrivacy privacy) {
        byte[] copy = message.clone();
        ClientSubnets.hide(copy, 0, copy.length, privacy);
        return HEX.formatHex(copy);
    }
}
