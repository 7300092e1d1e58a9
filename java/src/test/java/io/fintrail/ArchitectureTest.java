package io.fintrail;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may know whom: the referee over the table in java/README.md. Imports fall towards {@code event}. */
class ArchitectureTest {
    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.fintrail");

    private static final Set<String> CLOCK_METHODS = Set.of("nanoTime", "currentTimeMillis", "now");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "event|",
                "capture|event capture.libbpf capture.bcc",
                "capture.libbpf|",
                "capture.bcc|",
                "journal|event",
                "lifecycle|event",
                "verdict|event lifecycle",
                "incident|event lifecycle verdict",
                "view|event capture journal lifecycle verdict incident",
                "cli|event capture journal lifecycle verdict incident view"
            })
    void aRoomKnowsOnlyThoseBelowIt(String room, String known) {
        List<String> allowed = new ArrayList<>();
        allowed.add("io.fintrail." + room);
        for (String other : known == null ? new String[0] : known.split(" ")) {
            allowed.add("io.fintrail." + other);
        }
        DescribedPredicate<com.tngtech.archunit.core.domain.JavaClass> unknownRoom = DescribedPredicate.describe(
                "in another room than " + allowed,
                type -> type.getPackageName().startsWith("io.fintrail") && !allowed.contains(type.getPackageName()));

        noClasses()
                .that()
                .resideInAPackage("io.fintrail." + room)
                .should()
                .dependOnClassesThat(unknownRoom)
                .allowEmptyShould(true)
                .check(HOUSE);
    }

    @ParameterizedTest
    @CsvSource({
        "com.sun.jna..,io.fintrail.capture.libbpf",
        "net.openhft..,io.fintrail.journal",
        "picocli..,io.fintrail.cli",
        "com.fasterxml..,io.fintrail.view",
        "io.prometheus..,io.fintrail.view"
    })
    void aLibraryHasOneUser(String library, String user) {
        noClasses()
                .that()
                .resideOutsideOfPackages(user, "io.fintrail.capture.bcc")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(HOUSE);
    }

    @Test
    void theVocabularyNeedsTheJdkOnly() {
        classes()
                .that()
                .resideInAPackage("io.fintrail.event")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.fintrail.event", "java..", "org.jspecify..")
                .check(HOUSE);
    }

    @Test
    void nobodyKnowsTheCommandLine() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.fintrail.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fintrail.cli..")
                .check(HOUSE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"event", "lifecycle", "verdict", "incident"})
    void logicReadsNoClock(String room) {
        DescribedPredicate<JavaMethodCall> readsAClock = DescribedPredicate.describe(
                "a method that reads a clock",
                call -> CLOCK_METHODS.contains(call.getTarget().getName())
                        && call.getTargetOwner().getPackageName().startsWith("java."));

        noClasses()
                .that()
                .resideInAPackage("io.fintrail." + room)
                .should()
                .callMethodWhere(readsAClock)
                .allowEmptyShould(true)
                .check(HOUSE);
    }

    /** What these have in them goes round in another order in each JVM, and a replay has to say the same. */
    @ParameterizedTest
    @ValueSource(strings = {"event", "lifecycle", "verdict", "incident", "view"})
    void nothingIsCopiedToWhereItsOrderIsLost(String room) {
        DescribedPredicate<JavaMethodCall> losesOrder = DescribedPredicate.describe(
                "Map.copyOf or Set.copyOf",
                call -> call.getTarget().getName().equals("copyOf")
                        && (call.getTargetOwner().isEquivalentTo(Map.class)
                                || call.getTargetOwner().isEquivalentTo(Set.class)));

        noClasses()
                .that()
                .resideInAPackage("io.fintrail." + room)
                .should()
                .callMethodWhere(losesOrder)
                .check(HOUSE);
    }

    @Test
    void nothingStaticChanges() {
        fields().that().areStatic().should().beFinal().check(HOUSE);
    }
}
