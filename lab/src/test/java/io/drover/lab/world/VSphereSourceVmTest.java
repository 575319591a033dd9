// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.executor.SourceVm;
import io.drover.executor.Trouble;
import io.drover.executor.vsphere.VSphereSourceVm;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabNetwork;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.lab.vcenter.soap.LabUser;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.Problem;
import io.drover.schemas.VmKey;
import io.drover.vsphere.Timeouts;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The suite against the lab vCenter. */
class VSphereSourceVmTest extends VSphereSourceVmSuite {
  private static final int VMS = 18;
  private static LabEstate estate;
  private static LabVCenter vcenter;
  private static VSphere vsphere;
  private static int next;

  @BeforeAll
  static void start() {
    estate = LabEstate.create("contract", 11, LabPace.quick().withGuestWrites(Duration.ZERO));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 2, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    LabNetwork network = b.network("VM Network");
    for (int i = 0; i < VMS; i++) {
      b.vm("vm-" + i)
          .disk(DiskSpec.gib(1).payloadMib(1).in(store))
          .nic(network, "VirtualVmxnet3", "10.1.1." + (10 + i))
          .note("Ask Ada.\nNight shift: room " + i)
          .add();
    }
    vcenter =
        LabVCenter.start(
            estate,
            LabVCenter.Options.defaults()
                .alsoUser(new LabUser("half", "h", Set.of("VirtualMachine.Interact.PowerOn"))));
    vsphere = connect(vcenter.user(), vcenter.password(), Timeouts.DEFAULT);
  }

  private static VSphere connect(String user, String password, Timeouts timeouts) {
    return VSphere.connect(
        new VSphereEndpoint(
            vcenter.url(),
            user,
            () -> password.toCharArray(),
            Trust.thumbprint(vcenter.sha256Thumbprint()),
            timeouts));
  }

  @AfterEach
  void nothingGoesWrongAnyMore() {
    vcenter.faults().clear();
  }

  @Test
  void a_privilege_that_lacks_is_named_with_what_it_lacks_on() {
    try (VSphere half = connect("half", "h", Timeouts.DEFAULT)) {
      var port = new VSphereSourceVm(_ -> half);
      String moref = half.machines().byInstanceUuid(key.vm()).orElseThrow().id();

      Problem problem = problemOf(() -> port.powerOff(key));

      assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
      assertThat(problem.code()).isEqualTo("vcenter-no-permission");
      assertThat(problem.what())
          .contains(
              "power off VM " + key.vm(),
              "the account lacks VirtualMachine.Interact.PowerOff on VirtualMachine " + moref);
      assertThat(problem.remedy())
          .isEqualTo("Grant it to the account there, or with propagation above it.");
    }
  }

  /** A soak may last for weeks, and somebody tidies up meanwhile. */
  @Test
  void a_template_whose_place_is_gone_is_for_a_person_to_place() {
    off(key);
    port().lock(key);

    Problem problem = problemOf(() -> port().unlock(key, "resgroup-999", null));

    assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(problem.code()).isEqualTo("source-place-gone");
    assertThat(problem.what()).contains(key.vm(), "resource pool resgroup-999 is gone");
    assertThat(port().look(key).template()).isTrue();
  }

  @Test
  void a_busy_vcenter_is_an_outage_that_passes() {
    var _ = vcenter.faults().add(LabFaultRule.once(Kind.HTTP_503, "PowerOffVM_Task"));

    Problem problem = problemOf(() -> port().powerOff(key));

    assertThat(problem.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(problem.code()).isEqualTo("vcenter-unavailable");
    assertThat(port().look(key).power()).isEqualTo(Power.ON);
    off(key);
  }

  @Test
  void a_restarted_vcenter_is_an_outage_and_then_known_again() {
    vcenter.restart(Duration.ofSeconds(1));
    var problems = new TreeSet<Problem.Kind>();
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!down(problems)) {
      assertThat(System.nanoTime()).isLessThan(end);
    }

    SourceVm.Sight after = until(key, seen -> seen.power() == Power.OFF);

    assertThat(after.power()).isEqualTo(Power.OFF);
    assertThat(problems).isSubsetOf(Problem.Kind.UNAVAILABLE);
  }

  /** Whether it could be powered off by now; if not, why. */
  private boolean down(Set<Problem.Kind> problems) {
    try {
      port().powerOff(key);
      return true;
    } catch (Trouble trouble) {
      problems.add(trouble.problem().kind());
      return false;
    }
  }

  @Test
  void an_answer_that_is_too_late_is_an_outage_and_the_world_is_looked_at() {
    var patient = Timeouts.DEFAULT;
    try (VSphere hasty =
        connect(
            vcenter.user(),
            vcenter.password(),
            new Timeouts(patient.connect(), Duration.ofSeconds(3), patient.transfer()))) {
      var port = new VSphereSourceVm(_ -> hasty);
      var _ =
          vcenter
              .faults()
              .add(
                  LabFaultRule.once(Kind.LATENCY, "PowerOffVM_Task")
                      .withDelay(Duration.ofSeconds(4)));

      Problem problem = problemOf(() -> port.powerOff(key));

      assertThat(problem.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
      assertThat(problem.code()).isEqualTo("vcenter-timeout");
      assertThat(until(key, seen -> seen.power() == Power.OFF).power()).isEqualTo(Power.OFF);
    }
  }

  @AfterAll
  static void stop() {
    vsphere.close();
    vcenter.close();
    estate.close();
  }

  private final VmKey key =
      new VmKey(
          vsphere.about().instanceUuid(),
          estate.vm("vm-" + next++ % VMS).instanceUuid().toString());

  @Test
  void what_people_wrote_on_it_is_read_as_it_is() {
    assertThat(port().note(key)).startsWith("Ask Ada.\nNight shift: room ");
  }

  @Override
  VSphere vsphere() {
    return vsphere;
  }

  @Override
  void endSessions() {
    vcenter.endAllSessions();
  }

  @Override
  VmKey running() {
    return key;
  }
}
