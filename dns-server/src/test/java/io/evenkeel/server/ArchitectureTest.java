package io.evenkeel.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
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
    void ratisStaysInsideConsensus() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("io.evenkeel.consensus..", "org.apache.ratis..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.ratis.."));
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
                        "io.evenkeel.server.control..",
                        "io.evenkeel.server.admin..",
                        "io.micrometer.."));
        check(noClasses()
                .that()
                .resideInAnyPackage("io.evenkeel.server.transport..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.xbill.DNS..",
                        "io.evenkeel.consensus..",
                        "io.evenkeel.server.control..",
                        "io.evenkeel.server.admin..",
                        "io.micrometer.."));
    }

    @Test
    void packagesOfTheServerFormNoCycle() {
        check(slices().matching("io.evenkeel.server.(*)..").should().beFreeOfCycles());
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }
}
