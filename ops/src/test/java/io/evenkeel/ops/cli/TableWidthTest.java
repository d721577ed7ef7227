package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each verb that shows a table, on a terminal of 80 columns: with long names, addresses and notes, of which nothing is cut. */
class TableWidthTest extends CannedNodeTest {
    private static final Path SOURCES = Path.of("src/main/java/io/evenkeel/ops");

    private static final String NODE = "node-3-of-the-second-hall-east";
    private static final String OTHER = "node-4-of-the-second-hall-east";
    private static final String ZONE = "customers-of-the-north.example";
    private static final String V6 = "2001:db8:1234:5678:9abc:def0:1234:5678";
    private static final String KEY = "key-of-the-provisioning-system";
    private static final String NOTE =
            "the zones are 1234 s old, and no member of the cluster that leads has been heard for 600 s; it answers on";

    private static final String SHOW = "GET /api/v1/evenkeel/";
    private static final String SERVER = "GET /api/v1/servers/localhost/";
    private static final String ZONE_AT = SERVER + "zones/" + ZONE + ".";

    /** With {@code '} for {@code "}, and the names above for their words. */
    private void can(String line, String json) {
        node.can(
                line,
                200,
                json.replace('\'', '"')
                        .replace("NODE", NODE)
                        .replace("OTHER", OTHER)
                        .replace("ZONE", ZONE + ".")
                        .replace("V6", V6)
                        .replace("KEY", KEY)
                        .replace("NOTE", NOTE));
    }

    /** Whole words of what is shown: those that somebody may copy. */
    private void fits(List<Object> verb, String... words) {
        Cli said = node.onTerminal(verb.toArray());
        assertThat(said.out().lines())
                .as("%s %s", verb, said)
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(80));
        assertThat(said.out()).as("%s %s", verb, said).contains(words);
        // The rows of what no terminal reads are as long as they are.
        Cli piped = node.run(verb.toArray());
        assertThat(piped.code()).isEqualTo(said.code());
        assertThat(piped.out().lines().count())
                .as("%s %s", verb, piped)
                .isLessThan(said.out().lines().count());
    }

    @Test
    void nodesAndMembers() {
        node.can("GET /readyz", 503, "{\"reasons\":[\"" + NOTE + "\"]}");
        String limits =
                "{'mode':'enforce','rate':200000,'burst':1000000,'allow':[{'prefix':'V6/128','factor':10},{'prefix':'2001:db8::/32','factor':2}],'responses':'dry-run','responseRate':200000}";
        can(
                SHOW + "status",
                "{'node':'NODE','state':'CATCHING_UP','role':'FOLLOWER','term':12345,'appliedIndex':123456789,'dataAgeSeconds':86400,'zones':12345,'limits':{'mode':'dry-run','note':'NOTE'}}");
        can(
                SHOW + "cluster",
                "{'level':{'cluster':1,'next':2,'raisable':false,'reasons':['NODE runs a release that speaks level 1 alone','NOTE']},"
                        + "'quorum':{'members':2,'reached':1,'needed':2,'healthy':false},'leader':null,'removed':['NODE-1','OTHER-1','NODE-2'],'admitted':[],'members':["
                        + "{'name':'NODE','incarnation':12,'runsAs':12,'answers':true,'ready':true,'role':'FOLLOWER','term':12345,'commitIndex':123456789,'appliedIndex':123456789,'lag':12345,"
                        + "'heardMillisAgo':12345,'state':'CATCHING_UP','raft':'[V6]:7400','peer':'[V6]:7500','version':'0.1.0-SNAPSHOT','lowestLevel':1,'highestLevel':2,'reasons':['NOTE']},"
                        + "{'name':'OTHER','incarnation':1,'answers':false,'raft':'[V6]:7400','peer':'[V6]:7500'}]}");
        can(
                SHOW + "gate",
                "{'node':'NODE','open':false,'state':'CATCHING_UP','ageSeconds':86400,'reachedSeconds':{'CATCHING_UP':2},'reasons':['NOTE'],'capacity':{'qps':1234567,'origin':'UNDER_LOAD'}}");
        can(
                SHOW + "capacity",
                "{'node':'NODE','loadQps':1234567,'worstLoadQps':7654321,'skew':1.5,'headroomWorst':1.1,'lossesSurvivable':1,'stormHeadroom':2.5,'members':[{'name':'NODE','contact':'silent','udp':'not-asked','tcp':'not-asked',"
                        + "'open':true,'loadQps':1234567,'droppedQps':1234567,'capacityQps':1234567,'queueDelaySeconds':1.25,'diskFree':0.5},{'name':'OTHER','contact':'older','udp':'silent','tcp':'other'}],'advice':['NOTE']}");
        can(
                SHOW + "limits",
                "{'node':'NODE','revision':1234,'agreed':" + limits + ",'inForce':" + limits
                        + ",'reasons':['NOTE'],'local':null}");
        can(
                SHOW + "storage",
                "{'node':'NODE','level':'emergency','usedBytes':123456789012,'budgetBytes':223456789012,'freeBytes':123456789012,'volumeBytes':1234567890123,'writeSeconds':1.2345,'backups':true,"
                        + "'lastBackup':'2026-12-02T01:02:03Z','reasons':['NOTE']}");
        can(
                SHOW + "log-levels",
                "{'node':'NODE','configured':'info','set':[{'package':'io.evenkeel.server.peer.longer.than.most.names.of.Classes','level':'debug','secondsLeft':86400}]}");
        node.can("POST /api/v1/evenkeel/scrub", 200, "{\"round\":1}");
        can(
                SHOW + "scrub",
                "{'rounds':1,'zones':12345,'records':12345678,'damaged':['ZONE: its records','ZONE: its index','ZONE: its names']}");
        can(
                SHOW + "capture",
                "{'node':'NODE','running':true,'file':'/var/lib/evenkeel/captures/NODE.dnstap','filter':'questions for ZONE of V6/128','seconds':1,'mostSeconds':3600,'bytes':123456789,'messages':123456789,'lost':12345678}");
        fits(List.of("status"), NODE, OTHER, node.url(), "12345");
        fits(List.of("gate", "status"), OTHER, "1234567/s");
        fits(List.of("cluster", "status"), NODE + "-12", "[" + V6 + "]:7400", "[" + V6 + "]:7500", "123456789");
        fits(List.of("cluster", "level"), NODE, OTHER, "0.1.0-SNAPSHOT");
        fits(List.of("capacity"), NODE, OTHER, "1,234,567");
        fits(List.of("limits", "show"), V6 + "/128");
        fits(List.of("storage", "show"), NODE, "2026-12-02T01:02:03Z");
        fits(List.of("log-level"), "io.evenkeel.server.peer.longer.than.most.names.of.Classes");
        fits(List.of("cluster", "scrub"), ZONE + ".:");
        fits(List.of("capture", "status"), "/var/lib/evenkeel/captures/" + NODE + ".dnstap", V6 + "/128");
    }

    @Test
    void zonesAndRecords() {
        String text = "\\'v=spf1 ip6:V6 include:_spf.ZONE -all\\'";
        String dkim = "\\'p=" + "A".repeat(60) + "\\'";
        String rrsets = "{'name':'ZONE','serial':2026120201,'rrsets':["
                + "{'name':'host-of-the-web.ZONE','ttl':86400,'type':'AAAA','records':[{'content':'V6'}]},"
                + "{'name':'ZONE','ttl':86400,'type':'TXT','records':[{'content':'" + text + "'},{'content':'" + dkim
                + "'}]}]}";
        can(SERVER + "zones", "[{'name':'" + "x.".repeat(20) + "ZONE','serial':2026120201}]");
        can(ZONE_AT, rrsets);
        can(ZONE_AT + "?rrsets=false", "{'name':'ZONE','serial':2026120201}");
        can(SHOW + "status", "{'node':'NODE','zones':[{'name':'ZONE','records':123456789}]}");
        String who = "'time':'2026-12-02T10:20:30.123Z','key':'KEY','client':'V6','node':'NODE'";
        can(
                SHOW + "zones/" + ZONE + "./versions?limit=50",
                "{'kept':true,'versions':[{'version':123456789,'serial':2026120201,'present':true,'reachable':true,'changes':12,WHO},{'version':12,'serial':5,'reachable':false,'changes':1,WHO}]}"
                        .replace("WHO", who));
        can(
                SHOW + "history?since=0&limit=50&latest=true&records=100",
                ("{'kept':true,'next':9,'changes':[{'index':123456789,'zone':'ZONE','kind':'changed',WHO,'serialFrom':2026120201,'serialTo':2026120202,'requests':[{'id':'1'},{'id':'2'}],'differenceKept':true,"
                                + "'removedRecords':1,'addedRecords':1,'removed':[],'added':[{'name':'host-of-the-web.ZONE','ttl':86400,'type':'AAAA','content':'V6'}]}]}")
                        .replace("WHO", who));
        can(
                SHOW + "events?limit=50",
                "{'node':'NODE','events':[{'number':1,'time':'2026-12-02T10:20:30Z','kind':'configuration','text':'NOTE, says V6'}]}");
        can(
                SHOW + "top?seconds=60&rows=10",
                "{'spanSeconds':60,'questions':123456789,'estimate':true,'samples':2048,'leastOneOf':64,'mostOneOf':1024,'plusMinusShare':0.02,'names':[{'key':'host-of-the-web.of-the-second-hall-of.ZONE','questions':123456789,'error':1234567}],"
                        + "'types':[{'key':'A','questions':1}],'clients':[{'key':'V6','questions':1}],'rcodes':[]}");
        can(
                SERVER + "search-data?object_type=record&max=101&q=*x*",
                "[{'zone':'ZONE','name':'host-of-the-web.ZONE','ttl':86400,'type':'AAAA','content':'V6'},{'zone':'ZONE','name':'ZONE','ttl':86400,'type':'TXT','content':'"
                        + text + "'}]");
        fits(List.of("zone", "list"), "x.".repeat(20) + ZONE + ".");
        fits(List.of("rrset", "list", ZONE), "host-of-the-web." + ZONE + ".", V6, "ip6:" + V6, "A".repeat(60));
        fits(List.of("zone", "versions", ZONE), KEY, V6, NODE, "123456789", "2026120201");
        fits(List.of("log"), KEY, V6, NODE, "host-of-the-web." + ZONE + ".");
        fits(List.of("events"), NODE, V6);
        fits(List.of("top"), "host-of-the-web.of-the-second-hall-of." + ZONE + ".", V6);
        fits(List.of("search", "x"), ZONE + ".", "host-of-the-web", V6, "ip6:" + V6);
        Cli shown = node.onTerminal("zone", "show", ZONE, "--server", node.url(), "--server", node.url());
        assertThat(shown.out().lines())
                .as("%s", shown)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    /** A class that lays out a table stands here with the test that holds its width. */
    @Test
    void noTableIsLeftOut() throws IOException {
        List<String> known = List.of(
                ("StatusCommand GateCommands ClusterStatusCommand ClusterLevelCommand CapacityCommand LimitsCommands StorageCommands"
                                + " LogLevelCommand ScrubCommand ZoneCommands RRsetCommands ZoneVersionsCommand EventsCommand TopCommand"
                                + " SearchCommand"
                                // as `rrset list`, and `zone list` with a word more
                                + " RRsetApplyCommand PdnsImport"
                                // as LayoutTest has them: figures, titles, and the octets of a fingerprint in one word
                                + " ClusterKeyCommands BenchCommand CrowdCommand DrillRun DrillRunCommand DrillCommands")
                        .split(" ", -1));
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<String> found = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> {
                        String source = read(file);
                        return source.contains("output.table(") || source.contains("output.untitled(");
                    })
                    .map(file -> file.getFileName().toString().replace(".java", ""))
                    .toList();
            assertThat(found).containsExactlyInAnyOrderElementsOf(known);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
