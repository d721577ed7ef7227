package io.evenkeel.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.trust.Refusals;
import io.evenkeel.server.cli.BackupTool;
import io.evenkeel.zones.store.PackedRecords;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.RecordTypes;
import io.evenkeel.zones.store.Records;
import java.net.IDN;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may know whom. The modules' edges are Maven's; what lies within one module is checked here. */
final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar")) // of another module, so not seen as tests
            .importPackages("io.evenkeel");

    @Test
    void zonesKnowNeitherSocketsNorConsensusNorTheClock() {
        check(noClasses()
                .that()
                .resideInAPackage("io.evenkeel.zones..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "io.netty..",
                                "org.apache.ratis..",
                                "io.micrometer..",
                                "java.net..",
                                "java.util.random..")
                        .and(not(belongToAnyOf(IDN.class)))) // names in other scripts, without a socket
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.Instant")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.Clock")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.security.SecureRandom")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime"));
    }

    @Test
    void consensusNeverSeesADnsMessageOrOurSockets() {
        check(noClasses()
                .that()
                .resideInAPackage("io.evenkeel.consensus..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "io.micrometer..", "io.evenkeel.server..", "org.xbill.DNS.."));
    }

    @Test
    void ratisStaysInTheRoomOfTheReplica() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("io.evenkeel.consensus.raft", "org.apache.ratis..")
                .and()
                .haveNameNotMatching(Pattern.quote(Refusals.class.getName()) + ".*") // names an exception of gRPC's TLS
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.ratis.."));
    }

    @Test
    void onlyWhatStartsOrFoundsAReplicaKnowsItsClass() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.evenkeel.consensus.raft")
                .and()
                .doNotBelongToAnyOf(DnsServer.class, BackupTool.class)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.evenkeel.consensus.raft"));
    }

    @Test
    void onlyTheReplicaPublishes() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.evenkeel.consensus.raft")
                .should()
                .callMethod(StateRoot.class, "publish", Published.class));
    }

    @Test
    void onlyTheCommandLineKnowsTheNodeAsAWhole() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("io.evenkeel.server", "io.evenkeel.server.cli")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.evenkeel.server", "io.evenkeel.server.cli"));
    }

    /** What each room of a module may know of our own rooms, in its module and in those below; itself goes without saying. */
    @Test
    void eachRoomKnowsOnlyRoomsBelowIt() {
        arrows("zones.store");
        arrows("zones", "zones.store");
        arrows("zones.answer", "zones", "zones.store");
        arrows("zones.check", "zones", "zones.store");
        arrows("zones.file", "zones", "zones.check", "zones.store");
        arrows("zones.codec", "zones", "zones.store");
        arrows("zones.state", "zones", "zones.codec", "zones.store");
        arrows("zones.change", "zones", "zones.check", "zones.codec", "zones.state", "zones.store");
        arrows("consensus.process");
        arrows("consensus.trust", "consensus.identity", "consensus.process", "zones.codec");
        arrows("consensus.identity");
        arrows("consensus", "consensus.identity", "consensus.process", "consensus.trust", "zones..");
        arrows("consensus.snapshot", "consensus", "consensus.identity", "zones..");
        arrows("consensus.raft", "consensus..", "zones..");
        arrows("server.limits", "consensus.process");
        arrows("server.traffic", "consensus.identity", "consensus.process");
        arrows(
                "server.query",
                "consensus.process",
                "server.limits",
                "server.traffic",
                "zones",
                "zones.answer",
                "zones.store");
        arrows(
                "server.transport",
                "consensus.process",
                "server.limits",
                "server.query",
                "server.traffic",
                "zones",
                "zones.answer");
        arrows("server.config", "consensus.process", "zones.answer");
        arrows("server.log", "consensus.process", "server.config");
        arrows("server.peer", "consensus..", "zones", "zones.codec", "zones.state");
        arrows("server.change", "consensus..", "server.peer", "zones", "zones.change", "zones.codec", "zones.state");
        arrows(
                "server.cluster",
                "consensus..",
                "server.change",
                "server.limits",
                "server.peer",
                "zones",
                "zones.codec",
                "zones.state");
        arrows(
                "server.node",
                "consensus",
                "consensus.identity",
                "consensus.process",
                "server.config",
                "server.limits",
                "server.peer",
                "server.query",
                "server.transport",
                "zones..");
        arrows(
                "server.storage",
                "consensus",
                "consensus.identity",
                "consensus.process",
                "consensus.snapshot",
                "server.config",
                "server.peer",
                "zones.state");
        arrows(
                "server.capacity",
                "consensus",
                "consensus.identity",
                "consensus.process",
                "server.node",
                "server.peer",
                "server.query",
                "server.transport");
        arrows(
                "server.admin",
                "consensus..",
                "server.capacity",
                "server.change",
                "server.cluster",
                "server.limits",
                "server.log",
                "server.node",
                "server.peer",
                "server.storage",
                "server.traffic",
                "zones..");
    }

    private static void arrows(String room, String... known) {
        String[] allowed = Stream.concat(Stream.of(room), Stream.of(known))
                .map(name -> "io.evenkeel." + name)
                .toArray(String[]::new);
        ArchRule rule = noClasses()
                .that()
                .resideInAPackage("io.evenkeel." + room)
                .should()
                .dependOnClassesThat(resideInAPackage("io.evenkeel..").and(resideOutsideOfPackages(allowed)));
        rule.check(CLASSES); // fails, too, if there is no such room
    }

    @Test
    void onlyZonesAndAnswersKnowHowNamesAreStored() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("io.evenkeel.zones", "io.evenkeel.zones.answer", "io.evenkeel.zones.store")
                .should()
                .dependOnClassesThat(resideInAPackage("io.evenkeel.zones.store")
                        .and(not(belongToAnyOf(QName.class, PackedRecords.class, RecordTypes.class, Records.class)))));
    }

    @Test
    void packagesFormNoCircle() {
        check(slices().assignedFrom(new EachPackage("io.evenkeel.zones"))
                .should()
                .beFreeOfCycles());
        check(slices().assignedFrom(new EachPackage("io.evenkeel.consensus"))
                .should()
                .beFreeOfCycles());
    }

    /** A slice for each package of a module, the topmost too. */
    private record EachPackage(String module) implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            String name = javaClass.getPackageName();
            return name.equals(module) || name.startsWith(module + ".")
                    ? SliceIdentifier.of(name)
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "the packages of " + module;
        }
    }

    @Test
    void theAnswerPathKnowsNoConsensusAndNoConvenience() {
        // Of its rooms one: how a process behaves, which knows nothing of the replica.
        DescribedPredicate<JavaClass> consensus = resideInAPackage("io.evenkeel.consensus..")
                .and(resideOutsideOfPackages("io.evenkeel.consensus.process"));
        check(noClasses()
                .that()
                .resideInAnyPackage("io.evenkeel.server.query..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "org.xbill.DNS..", "org.apache.ratis..", "java.util.stream..", "io.micrometer..")
                        .or(consensus)));
        check(noClasses()
                .that()
                .resideInAnyPackage("io.evenkeel.server.transport..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("org.xbill.DNS..", "io.micrometer..").or(consensus)));
    }

    /** A name in a log line, a document or a search leads to one class; nested ones are named after theirs. */
    @Test
    void noTwoClassesShareASimpleName() {
        Map<String, List<String>> shared = CLASSES.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(
                        JavaClass::getSimpleName,
                        TreeMap::new,
                        Collectors.mapping(JavaClass::getName, Collectors.toList())));
        assertThat(shared).hasSizeGreaterThan(100);
        shared.values().removeIf(names -> names.size() == 1);
        assertThat(shared).isEmpty();
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }
}
