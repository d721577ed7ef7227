package io.evenkeel.zones.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;

/** Which zones are taken here, and by the checkers of BIND, NSD and Knot as Debian has them: each difference is on purpose. */
class OtherCheckersTest {
    private static final Name APEX = Name.fromConstantString("example.");
    private static final String GOOD = "$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n";

    @TempDir
    Path folder;

    /** Each row: lines that follow a good apex; whether they are taken here, by named-checkzone, nsd-checkzone, kzonecheck. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            a A 192.0.2.1                     | yes | yes | yes | yes
            a CNAME ns / a CNAME b            | no  | no  | no  | no
            a CNAME ns / a TXT t              | no  | no  | no  | no
            @ CNAME ns                        | no  | no  | no  | no
            a DNAME b. / a DNAME c.           | no  | no  | no  | no
            a..b A 192.0.2.1                  | no  | no  | no  | no
            a CH TXT t                        | no  | no  | no  | no
            a ANY \\# 0                       | no  | no  | no  | no
            a TYPE65280 \\# 4 0a000001        | yes | yes | yes | yes
            a A \\# 4 0a000001                | yes | yes | yes | yes
            a A 192.0.2.1 / A A 192.0.2.1     | yes | yes | yes | yes
            a CNAME ns / a CNAME ns           | yes | yes | yes | yes
            a NS ns.b / b NS ns.a             | yes | yes | yes | yes
            a NS ns.elsewhere. / x.a TXT t    | yes | yes | yes | yes
            a MX 1 b / b CNAME ns             | yes | yes | yes | yes
            x.*.w A 192.0.2.1                 | yes | yes | yes | yes
            *.w DNAME b.                      | yes | yes | yes | yes
            * NS ns                           | yes | no  | yes | yes
            a DNAME b. / x.a A 192.0.2.1      | yes | yes | no  | no
            a NS ns.a                         | yes | yes | yes | no
            a DNAME b. / a NS ns              | no  | yes | yes | no
            @ SOA ns h 2 1 1 1 1              | no  | no  | no  | yes
            x. A 192.0.2.1                    | no  | yes | no  | yes
            a 2147483648 A 192.0.2.1          | yes | yes | yes | yes
            a 4294967296 A 192.0.2.1          | no  | no  | yes | no
            a 1 A 192.0.2.1 / a 2 A 192.0.2.2 | yes | yes | yes | yes
            a EUI48 00-00-5e-00-53-2a         | yes | yes | yes | yes
            a EUI64 00-00-5e-ef-10-00-00-2a   | yes | yes | yes | yes
            a CSYNC 66 3 A NS AAAA            | yes | yes | yes | yes
            a CSYNC 66 3                      | yes | yes | yes | yes
            a NID 10 0014:4fff:ff20:ee64      | yes | yes | yes | yes
            a L32 10 10.1.2.0                 | yes | yes | yes | yes
            a L64 10 2001:0DB8:1140:1000      | yes | yes | yes | yes
            a LP 10 ns                        | yes | yes | yes | yes
            a AVC "app-name:x"                | yes | yes | yes | no
            a HTTPS 1 . port=65536            | no  | no  | no  | no
            a HTTPS 1 . alpn="h2,,h3"         | no  | no  | yes | no
            a HTTPS \\# 13 00010000030002005000010000 | no | no | yes | yes
            a HTTPS 1 . no-default-alpn       | no  | no  | yes | yes
            a SVCB 0 ns alpn=h2               | yes | yes | yes | yes
            a SVCB 1 . dohpath=/q{?dns}       | yes | yes | yes | no
            a SVCB 1 . ohttp                  | yes | no  | no  | no
            a SVCB 1 . alpn="f\\\\\\\\oo\\\\,bar,h2" | yes | yes | yes | yes
            a TXT                             | no  | no  | no  | no
            a TXT \\# 0                     | no  | no  | yes | no
            a DNSKEY 257 3 13                 | no  | no  | no  | no
            a DS 1 13 2 00                    | no  | no  | yes | no
            a CAA 0 a-b "x"                   | no  | no  | no  | yes
            a URI 1 1 ""                      | no  | yes | yes | yes
            a LOC 0 N 0 E -0.5m               | yes | yes | yes | yes
            a LOC 0 N 0 E 0.001m              | no  | no  | yes | no
            a HINFO é b                       | yes | yes | yes | no
            a WKS 192.0.2.1 6 80 25           | yes | yes | yes | no
            $GENERATE 250-251 ${0,4,n}x A 192.0.2.1 | yes | yes | no | no
            $GENERATE 1-2 h$ MX "10 ns"       | yes | yes | no  | no
            """)
    void isTakenOrRefused(String lines, String here, String named, String nsd, String knot) throws Exception {
        Path file = Files.writeString(folder.resolve("zone"), GOOD + lines.replace(" / ", "\n") + "\n");
        assertThat(ZoneFile.parse("zone", file, APEX, false).check().accepted()).isEqualTo(here.equals("yes"));
        List<String> missing = new ArrayList<>();
        check(missing, named, "named-checkzone", "-k", "warn", "example.", file.toString());
        check(missing, nsd, "nsd-checkzone", "example.", file.toString());
        check(missing, knot, "kzonecheck", "-o", "example.", file.toString());
        Assumptions.assumeTrue(missing.isEmpty(), () -> "not compared, since not installed: " + missing);
    }

    private static void check(List<String> missing, String taken, String... command) throws Exception {
        Path program = List.of("/usr/sbin/", "/usr/bin/").stream()
                .map(folder -> Path.of(folder + command[0]))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        if (program == null) {
            missing.add(command[0]);
            return;
        }
        command[0] = program.toString();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(command[0]).isTrue();
        assertThat(process.exitValue() == 0).as(command[0]).isEqualTo(taken.equals("yes"));
    }
}
