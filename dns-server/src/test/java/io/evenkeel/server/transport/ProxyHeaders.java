package io.evenkeel.server.transport;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** Headers of the PROXY protocol, version 2, section 2.2. */
public final class ProxyHeaders {
    private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
    private static final int CHECKSUM = 3;

    private ProxyHeaders() {}

    /** One that tells of a client. */
    public static byte[] of(String client, int port, byte[]... tlvs) {
        byte[] source = InetAddress.ofLiteral(client).getAddress();
        ByteBuffer body = ByteBuffer.allocate(1024);
        body.put(source).put(new byte[source.length]).putShort((short) port).putShort((short) 53);
        for (byte[] tlv : tlvs) {
            body.put(tlv);
        }
        return header(0x21, source.length == 4 ? 0x12 : 0x22, Arrays.copyOf(body.array(), body.position()));
    }

    /** The same with a checksum. */
    public static byte[] checked(String client, int port) {
        byte[] header = of(client, port, tlv(CHECKSUM, Integer.BYTES));
        CRC32C crc = new CRC32C();
        crc.update(header);
        ByteBuffer.wrap(header).putInt(header.length - Integer.BYTES, (int) crc.getValue());
        return header;
    }

    /** One of the proxy's own. */
    static byte[] local() {
        return header(0x20, 0, new byte[0]);
    }

    static byte[] header(int command, int family, byte[] body) {
        return ByteBuffer.allocate(16 + body.length)
                .put(SIGNATURE)
                .put((byte) command)
                .put((byte) family)
                .putShort((short) body.length)
                .put(body)
                .array();
    }

    static byte[] tlv(int type, int length) {
        return ByteBuffer.allocate(3 + length)
                .put((byte) type)
                .putShort((short) length)
                .array();
    }
}
