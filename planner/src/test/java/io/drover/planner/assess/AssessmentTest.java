// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Usage;
import io.drover.schemas.Concern;
import io.drover.schemas.Concern.Severity;
import io.drover.schemas.Inventory;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AssessmentTest {
  private final Estate estate = SyntheticEstate.of(5, 11);

  @ParameterizedTest
  @CsvSource({
    "VirtualPCIPassthrough,device-passthrough,BLOCKER",
    "VirtualSriovEthernetCard,device-sriov,WARNING",
    "VirtualUSBController,device-usb,WARNING",
    "VirtualFloppy,device-left-behind,WARNING"
  })
  void devicesAreToldApart(String device, String id, Severity severity) {
    var concerns = concerns(vm(List.of(device), Map.of(), List.of()), Target.of(List.of()));

    assertThat(concerns).anyMatch(c -> c.id().equals(id) && c.severity() == severity);
  }

  @ParameterizedTest
  @CsvSource({
    "Consolidation Needed,True,consolidation-needed",
    "FT State,running,fault-tolerance",
    "CPU Affinity,'0,1',cpu-affinity",
    "NUMA Affinity,0,",
    "NUMA Affinity,'1',numa-affinity",
    "Host Affinity,yes,host-affinity",
    "DRS,True,drs-enabled",
    "DPM,True,dpm-enabled",
    "EnableUUID,True,disk-serial-truncated",
    "Free /boot,1000,guest-disk-full"
  })
  void whatAnExportTellsIsJudged(String attribute, String value, String id) {
    var concerns =
        concerns(vm(List.of(), Map.of(attribute, value), List.of()), Target.of(List.of()));

    if (id == null) {
      assertThat(concerns).noneMatch(c -> c.id().startsWith("numa"));
    } else {
      assertThat(concerns).anyMatch(c -> c.id().equals(id));
    }
  }

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
    var concerns = concerns(guest(id, true, Map.of()), Target.of(List.of()));

    assertThat(concerns).noneMatch(c -> c.id().equals("os-unsupported"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"windows9Guest", "windows8Server64Guest", "rhel6_64Guest", "dosGuest"})
  void aSystemThatConversionIsNotMadeForIsAConcern(String id) {
    var concerns = concerns(guest(id, true, Map.of()), Target.of(List.of()));

    assertThat(concerns).anyMatch(c -> c.id().equals("os-unsupported"));
  }

  @Test
  void toolsThatNobodyAskedAboutAreNoBlocker() {
    var concerns =
        concerns(
            guest("rhel9_64Guest", false, Map.of("VMware Tools", "unknown")), Target.of(List.of()));

    assertThat(concerns).noneMatch(c -> c.id().equals("tools-not-running"));
    assertThat(concerns)
        .anyMatch(c -> c.id().equals("tools-unknown") && c.severity() == Severity.INFO);
  }

  private Inventory.Vm guest(String id, boolean tools, Map<String, String> attributes) {
    return vm(
        List.of(), attributes, List.of(), new Inventory.Guest(id, "", "host", tools, List.of()));
  }

  @Test
  void theTargetMustHaveRoomForTheMachine() {
    var target =
        Target.of(
            List.of(
                new Inventory.Node("t", "n1", true, true, 8000, 2L << 30, List.of("Haswell")),
                new Inventory.Node("t", "n2", true, true, 8000, 2L << 30, List.of("EPYC")),
                new Inventory.Quota("t", "herd", "q", Map.of("requests.storage", "1Mi"), Map.of()),
                new Inventory.StorageClass(
                    "t", "rbd", "p", true, true, List.of("ReadWriteOnce/Filesystem"), null)));

    var concerns = concerns(vm(List.of(), Map.of(), List.of()), target);

    assertThat(concerns)
        .extracting(Concern::id)
        .contains(
            "larger-than-any-node",
            "cpu-models-differ",
            "quota-exceeded",
            "storage-class-without-snapshots",
            "storage-class-not-shared");
  }

  @Test
  void everyConcernSaysWhatWhyAndWhatToDo() {
    for (Concern concern :
        concerns(
            vm(List.of("VirtualUSBController"), Map.of("DRS", "1"), List.of()),
            Target.of(List.of()))) {
      assertThat(concern.observed()).isNotBlank();
      assertThat(concern.why()).isNotBlank();
      assertThat(concern.remedy()).isNotBlank();
      assertThat(concern.id()).matches("[a-z0-9-]+");
    }
  }

  @Test
  void aBlockedMachineIsHeldAndAQuietOneIsMadeSmaller() {
    Inventory.Vm blocked = vm(List.of("VirtualPCIPassthrough"), Map.of(), List.of());
    var assessment = new Assessment(Target.of(List.of()));
    Mapping mapping = Mapping.of(blocked, estate.settings());

    var judged = assessment.judge(blocked, new Usage(0, 0, 0.05, 512), mapping, estate.settings());

    assertThat(judged.way()).isEqualTo(Assessment.Suggestion.HOLD);
    assertThat(judged.complexity()).isGreaterThan(2);
    assertThat(judged.rightSize().memoryMiB()).isEqualTo(1024);
    assertThat(judged.rightSize().cpus()).isEqualTo(1);
  }

  private List<Concern> concerns(Inventory.Vm vm, Target target) {
    return new Assessment(target).of(vm, Mapping.of(vm, estate.settings()), estate.settings());
  }

  private Inventory.Vm vm(
      List<String> devices, Map<String, String> attributes, List<Inventory.Snapshot> snapshots) {
    return vm(devices, attributes, snapshots, estate.vms().getFirst().guest());
  }

  private Inventory.Vm vm(
      List<String> devices,
      Map<String, String> attributes,
      List<Inventory.Snapshot> snapshots,
      Inventory.Guest guest) {
    Inventory.Vm v = estate.vms().getFirst();
    var all = new TreeMap<>(v.attributes());
    all.putAll(attributes);
    return new Inventory.Vm(
        v.vm(),
        v.placement(),
        v.name(),
        Inventory.Power.ON,
        false,
        new Inventory.Compute(4, 1, 16_384, false, false),
        v.boot(),
        guest,
        v.disks(),
        v.nics(),
        snapshots,
        v.changeTracking(),
        v.changeVersion(),
        false,
        devices,
        all,
        v.tags());
  }
}
