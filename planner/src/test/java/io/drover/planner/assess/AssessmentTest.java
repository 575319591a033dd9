// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Usage;
import io.drover.schemas.Concern;
import io.drover.schemas.Inventory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssessmentTest {
  private final Estate estate = SyntheticEstate.of(5, 11);

  /** Ids are values of VirtualMachineGuestOsIdentifier of the vSphere API. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "windows9_64Guest",
        "windows9Server64Guest",
        "windows11_64Guest",
        "windows2019srv_64Guest",
        "windows2019srvNext_64Guest",
        "windows2022srvNext_64Guest",
        "rhel7_64Guest",
        "rhel8_64Guest",
        "rhel9_64Guest",
        "rhel10_64Guest",
        "centos7_64Guest",
        "centos9_64Guest",
        "oracleLinux8_64Guest",
        "oracleLinux10_64Guest",
        "rockylinux_64Guest",
        "almalinux_64Guest",
        "sles12_64Guest",
        "sles15_64Guest",
        "sles16_64Guest",
        "debian12_64Guest",
        "ubuntu64Guest",
        "fedora64Guest"
      })
  void aSystemThatConversionIsMadeForIsNoConcern(String id) {
    var concerns = concerns(id);

    assertThat(concerns).noneMatch(c -> c.id().equals("os-unsupported"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"windows9Guest", "windows8Server64Guest", "rhel6_64Guest", "dosGuest"})
  void aSystemThatConversionIsNotMadeForIsAConcern(String id) {
    var concerns = concerns(id);

    assertThat(concerns).anyMatch(c -> c.id().equals("os-unsupported"));
  }

  @Test
  void aBlockedMachineIsHeldAndAQuietOneIsMadeSmaller() {
    Inventory.Vm blocked = vm("rhel9_64Guest", List.of("VirtualPCIPassthrough"));
    var assessment = new Assessment(Target.of(List.of()));
    Mapping mapping = Mapping.of(blocked, estate.settings());

    var judged = assessment.judge(blocked, new Usage(0, 0, 0.05, 512), mapping, estate.settings());

    assertThat(judged.way()).isEqualTo(Assessment.Suggestion.HOLD);
    assertThat(judged.complexity()).isGreaterThan(2);
    assertThat(judged.rightSize().memoryMiB()).isEqualTo(1024);
    assertThat(judged.rightSize().cpus()).isEqualTo(1);
  }

  private List<Concern> concerns(String system) {
    Inventory.Vm vm = vm(system, List.of());
    return new Assessment(Target.of(List.of()))
        .of(vm, Mapping.of(vm, estate.settings()), estate.settings());
  }

  private Inventory.Vm vm(String system, List<String> devices) {
    Inventory.Vm v = estate.vms().getFirst();
    return new Inventory.Vm(
        v.vm(),
        v.placement(),
        v.name(),
        Inventory.Power.ON,
        false,
        new Inventory.Compute(4, 1, 16_384, false, false),
        v.boot(),
        new Inventory.Guest(system, "", "host", true, List.of(), List.of()),
        v.disks(),
        v.nics(),
        List.of(),
        v.changeTracking(),
        v.changeVersion(),
        false,
        devices,
        v.attributes(),
        v.tags(),
        null);
  }
}
