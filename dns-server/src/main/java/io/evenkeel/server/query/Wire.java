package io.evenkeel.server.query;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers of the message format (RFC 1035 §4.1), and octets in network order. */
final class Wire {
    static final int HEADER = 12;
    static final int FLAGS = 2;
    static final int QDCOUNT = 4;
    static final int ANCOUNT = 6;
    static final int NSCOUNT = 8;
    static final int ARCOUNT = 10;

    static final int QR = 0x8000;
    static final int OPCODE = 0x7800;
    /** Opcodes: RFC 1035, RFC 2136 §1.3. */
    static final int QUERY = 0;

    static final int UPDATE = 5;

    static final int AA = 0x0400;
    static final int TC = 0x0200;
    static final int RD = 0x0100;

    static final int CLASS_IN = 1;
    static final int CLASS_CHAOS = 3;
    static final int CLASS_ANY = 255;

    /** EDNS options: RFC 5001, 7314, 7873, 7828, 8914, 9660. */
    static final int NSID = 3;

    static final int EXPIRE = 9;
    static final int COOKIE = 10;
    static final int KEEPALIVE = 11;
    static final int EXTENDED_ERROR = 15;
    static final int ZONEVERSION = 19;

    /** An OPT record without options: root, type, class, TTL, length. */
    static final int OPT_LENGTH = 11;

    static final int MAX_MESSAGE = 65_535;
    /** RFC 1035 §4.2.1: what a UDP message may have when nothing else is said. */
    static final int MIN_UDP = 512;
    /** A compression pointer's offset has 14 bits. */
    static final int MAX_POINTER = 0x3FFF;

    private static final VarHandle U16 = MethodHandles.byteArrayViewVarHandle(char[].class, ByteOrder.BIG_ENDIAN);

    private Wire() {}

    static int u16(byte[] array, int at) {
        return (char) U16.get(array, at);
    }

    static void putU16(byte[] array, int at, int value) {
        U16.set(array, at, (char) value);
    }
}
