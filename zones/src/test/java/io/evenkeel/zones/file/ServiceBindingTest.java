package io.evenkeel.zones.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;

/** The test vectors of RFC 9460 appendix D: what a master file says, as it goes over the wire. */
class ServiceBindingTest {
    private static final Name ORIGIN = Name.fromConstantString("example.com.");
    private static final String TARGET_COM = "03666f6f076578616d706c6503636f6d00";
    private static final String TARGET_ORG = "03666f6f076578616d706c65036f726700";

    private static ZoneFile.Parsed parse(String rdata) throws IOException {
        return ZoneFile.parse("zone", new StringReader("@ 7200 SVCB " + rdata + "\n"), ORIGIN);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            0 foo.example.com.                                        | 0000 COM
            1 .                                                       | 0001 00
            16 foo.example.com. port=53                               | 0010 COM 0003 0002 0035
            1 foo.example.com. key667=hello                           | 0001 COM 029b 0005 68656c6c6f
            1 foo.example.com. key667="hello\\210qoo"                 | 0001 COM 029b 0009 68656c6c6fd2716f6f
            1 foo.example.com. (ipv6hint="2001:db8::1,2001:db8::53:1") | 0001 COM 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001
            1 example.com. (ipv6hint="2001:db8:122:344::192.0.2.33")  | 0001 076578616d706c6503636f6d00 0006 0010 20010db80122034400000000c0000221
            16 foo.example.org. (alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1) | 0010 ORG 0000 0004 0001 0004 0001 0009 026832 0568332d3139 0004 0004 c0000201
            16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"          | 0010 ORG 0001 000c 08665c6f6f2c626172 026832
            16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2        | 0010 ORG 0001 000c 08665c6f6f2c626172 026832
            \\# 35 (0010 ORG 0001 000c 08665c6f6f2c626172 026832)  | 0010 ORG 0001 000c 08665c6f6f2c626172 026832
            """)
    void isReadAsTheAppendixSays(String rdata, String wire) throws IOException {
        ZoneFile.Parsed parsed = parse(rdata.replace("ORG", TARGET_ORG));
        assertThat(parsed.problems()).isEmpty();
        String expected =
                wire.replace("COM", TARGET_COM).replace("ORG", TARGET_ORG).replace(" ", "");
        assertThat(HexFormat.of().formatHex(parsed.records().getFirst().rdataToWireCanonical()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            1 foo.example.com. key123=abc key123=def
            1 foo.example.com. mandatory
            1 foo.example.com. alpn
            1 foo.example.com. port
            1 foo.example.com. ipv4hint
            1 foo.example.com. ipv6hint
            1 foo.example.com. no-default-alpn=abc
            1 foo.example.com. mandatory=key123
            1 foo.example.com. mandatory=mandatory
            1 foo.example.com. mandatory=key123,key123 key123=abc
            16 foo.example.org. alpn="f\\\\oo"
            """)
    void isRefusedAsTheAppendixSays(String rdata) throws IOException {
        ZoneFile.Parsed parsed = parse(rdata);
        assertThat(parsed.records()).isEmpty();
        assertThat(parsed.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.isError()).isTrue());
    }
}
