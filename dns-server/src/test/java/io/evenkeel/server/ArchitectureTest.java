package io.evenkeel.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

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
import java.util.regex.Pattern;
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
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.netty..", "org.apache.ratis..", "io.micrometer..", "java.net..", "java.util.random..")
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
        arrows("zones.state", "zones", "zones.check", "zones.codec", "zones.store");
        arrows("zones.change", "zones", "zones.check", "zones.codec", "zones.state");
        arrows("consensus.process");
        arrows("consensus.trust");
        arrows("consensus.identity");
        arrows("consensus", "consensus.identity", "consensus.trust", "zones..");
        arrows("consensus.snapshot", "consensus", "consensus.identity", "zones..");
        arrows("consensus.raft", "consensus..", "zones..");
        arrows("server.query", "zones", "zones.answer", "zones.store");
        arrows("server.transport", "server.query", "zones", "zones.answer");
        arrows("server.config", "zones.answer");
        arrows("server.log", "server.config");
        arrows("server.peer", "consensus..", "zones", "zones.codec", "zones.state");
        arrows("server.change", "consensus..", "server.peer", "zones", "zones.change", "zones.codec", "zones.state");
        arrows("server.cluster", "consensus..", "server.change", "server.peer", "zones.codec", "zones.state");
        arrows(
                "server.node",
                "consensus",
                "server.config",
                "server.peer",
                "server.query",
                "server.transport",
                "zones..");
        arrows(
                "server.admin",
                "consensus..",
                "server.change",
                "server.cluster",
                "server.node",
                "server.peer",
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
                        .and(not(belongToAnyOf(QName.class, PackedRecords.class)))));
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
        check(noClasses()
                .that()
                .resideInAnyPackage("io.evenkeel.server.query..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.xbill.DNS..",
                        "io.evenkeel.consensus..",
                        "org.apache.ratis..",
                        "java.util.stream..",
                        "io.micrometer.."));
        check(noClasses()
                .that()
                .resideInAnyPackage("io.evenkeel.server.transport..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.xbill.DNS..", "io.evenkeel.consensus..", "io.micrometer.."));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }
}
