// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.drover.engine.Obstacle;

/**
 * The walls of the house that the class path alone does not draw. Each message names the way out.
 */
@AnalyzeClasses(
    packages = "io.drover",
    importOptions = {ImportOption.DoNotIncludeTests.class, WallsTest.NoTestJars.class})
class WallsTest {
  /** Leaves out the tests of other modules, which come as a jar once they are packaged. */
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  private static final String[] SERVICES = {
    "io.drover.ingest..",
    "io.drover.planner..",
    "io.drover.converter..",
    "io.drover.executor..",
    "io.drover.console.."
  };

  @ArchTest
  static final ArchRule noServiceImportsAnother =
      slices()
          .matching("io.drover.(ingest|planner|converter|executor|console)..")
          .should()
          .notDependOnEachOther()
          .because("services talk by messages; put the word into schemas and send it");

  @ArchTest
  static final ArchRule nobodyImportsTheLab =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.drover.lab..", "io.drover.app..")
          .should(dependOnClassesThat(resideInAPackage("io.drover.lab..")))
          .because("the product must not know the workshop; only the door opens it");

  @ArchTest
  static final ArchRule kafkaStaysInItsCorner =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.drover.runtime.kafka..", "io.drover.lab..", "io.drover.runtime.body..")
          .should(dependOnClassesThat(resideInAPackage("org.apache.kafka..")))
          .because("the loop is tested without Kafka; use the ports of io.drover.runtime");

  @ArchTest
  static final ArchRule fabric8StaysInTheAdapters =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.drover.ingest.kubernetes..",
              "io.drover.converter.cdi..",
              "io.drover.executor.kubevirt..",
              "io.drover.lab..",
              "io.drover.console..",
              "io.drover.app..")
          .should(dependOnClassesThat(resideInAPackage("io.fabric8..")))
          .because("brains and ports speak our words; put the call into the adapter");

  @ArchTest
  static final ArchRule yavijavaStaysBehindVsphere =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.drover.vsphere..", "com.vmware..")
          .should(dependOnClassesThat(resideInAPackage("com.vmware..")))
          .because("io.drover.vsphere is the only client of vSphere");

  @ArchTest
  static final ArchRule conscryptStaysInVsphere =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.drover.vsphere..", "org.conscrypt..")
          .should(dependOnClassesThat(resideInAPackage("org.conscrypt..")))
          .because("disks alone are read by BoringSSL; all else has the JDK's TLS");

  @ArchTest
  static final ArchRule vertxStaysInTheShell =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.drover.runtime..", "io.drover.console..", "io.drover.app..", "io.drover.lab..")
          .should(dependOnClassesThat(resideInAPackage("io.vertx..")))
          .because("hands are plain blocking code on virtual threads");

  @ArchTest
  static final ArchRule theEngineNeedsNothing =
      classes()
          .that()
          .resideInAPackage("io.drover.engine..")
          .should(
              onlySee(
                  "java..",
                  "javax.net.ssl..",
                  "org.jspecify..",
                  "io.drover.engine..",
                  "io.drover.schemas.."))
          .because("the grammar has no third party, only the JDK");

  @ArchTest
  static final ArchRule wordsNeedNothingButInWire =
      classes()
          .that()
          .resideInAPackage("io.drover.schemas")
          .should(onlySee("java..", "org.jspecify..", "io.drover.schemas"))
          .because("JSON and CloudEvents live in io.drover.schemas.wire");

  @ArchTest
  static final ArchRule brainsArePure =
      noClasses()
          .that()
          .haveSimpleNameEndingWith("Decider")
          .and()
          .resideInAnyPackage(SERVICES)
          .should(
              dependOnClassesThat(
                  resideInAnyPackage(
                      "java.io..",
                      "java.net..",
                      "java.nio..",
                      "java.sql..",
                      "java.util.concurrent..",
                      "org.slf4j..")))
          .because("a brain is two functions: no I/O, no thread, no log; make it an effect");

  @ArchTest
  static final ArchRule noIsAnAnswer =
      classes()
          .that()
          .resideInAnyPackage("io.drover.converter..", "io.drover.executor..")
          .and()
          .areAssignableTo(RuntimeException.class)
          .should()
          .beAssignableTo(Obstacle.class)
          .because("a brain can only judge a problem; whoever throws one extends Obstacle");

  @ArchTest
  static final ArchRule noCircles =
      slices()
          .matching("io.drover.(*)..")
          .should()
          .beFreeOfCycles()
          .because("rooms see each other one way only");

  @ArchTest
  static final ArchRule onlyTheDoorBuildsAdapters =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.drover.app..",
              "io.drover.lab..",
              "io.drover.converter.cdi..",
              "io.drover.converter.vsphere..",
              "io.drover.executor.kubevirt..",
              "io.drover.executor.vsphere..",
              "io.drover.ingest.kubernetes..",
              "io.drover.ingest.vsphere..")
          .should(
              dependOnClassesThat(
                  resideInAnyPackage(
                      "io.drover.converter.cdi..",
                      "io.drover.converter.vsphere..",
                      "io.drover.executor.kubevirt..",
                      "io.drover.executor.vsphere..",
                      "io.drover.ingest.kubernetes..",
                      "io.drover.ingest.vsphere..")))
          .because("Wiring is the only place where ports meet adapters");

  private static ArchCondition<JavaClass> onlySee(String... packages) {
    return new ArchCondition<>("see only " + String.join(", ", packages)) {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        item.getDirectDependenciesFromSelf().stream()
            .filter(dependency -> !dependency.getTargetClass().getBaseComponentType().isPrimitive())
            .filter(dependency ->
                resideInAnyPackage(packages)
                    .negate()
                    .test(dependency.getTargetClass().getBaseComponentType()))
            .forEach(dependency ->
                events.add(SimpleConditionEvent.violated(item, dependency.getDescription())));
      }
    };
  }
}
