package io.evenkeel.ops;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks which rooms a room of the command line knows, and that none knows the server. */
class RoomsTest {
    private static final String TOP = "io.evenkeel.ops";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(TOP);

    @Test
    void eachRoomKnowsOnlyRoomsBelowIt() {
        arrows("verb");
        arrows("node", "verb");
        arrows("key", "verb");
        arrows("fleet", "verb");
        arrows("bench", "fleet", "verb");
        arrows("local", "key", "node", "verb");
        arrows("drill", "fleet", "local", "node", "verb");
        arrows("cli", "key", "node", "verb");
    }

    private static void arrows(String room, String... known) {
        String[] allowed = Stream.concat(Stream.of(room), Stream.of(known))
                .map(RoomsTest::path)
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(path(room))
                .should()
                .dependOnClassesThat(resideInAPackage("io.evenkeel..").and(resideOutsideOfPackages(allowed)))
                .check(CLASSES); // fails, too, if there is no such room
    }

    private static String path(String room) {
        return TOP + "." + room;
    }

    @Test
    void thereIsNoOtherRoomAndOnlyMainIsAboveThem() {
        assertThat(CLASSES.stream().map(JavaClass::getPackageName).distinct())
                .containsExactlyInAnyOrder(
                        TOP,
                        path("verb"),
                        path("node"),
                        path("key"),
                        path("fleet"),
                        path("bench"),
                        path("drill"),
                        path("local"),
                        path("cli"));
        assertThat(CLASSES.stream()
                        .filter(type -> type.getPackageName().equals(TOP) && type.isTopLevelClass())
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder("Main", "package-info");
    }

    @Test
    void noRoomKnowsTheServer() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.evenkeel.server..", "io.evenkeel.consensus..", "io.evenkeel.zones..")
                .check(CLASSES);
    }
}
