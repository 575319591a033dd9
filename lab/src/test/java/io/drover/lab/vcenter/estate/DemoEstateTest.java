// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.vcenter.storage.LabDiskContent;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimObject;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The estate of the demonstration is what it says it is. */
class DemoEstateTest {
  private static LabEstate quiet() {
    return DemoEstate.create(4, LabPace.quick().withGuestWrites(Duration.ZERO));
  }

  private static String attribute(LabVm vm, String name) {
    VimObject definition =
        ((VimArray) java.util.Objects.requireNonNull(vm.property("availableField")))
            .items().stream()
                .map(VimObject.class::cast)
                .filter(d -> name.equals(d.get("name")))
                .findFirst()
                .orElseThrow();
    Object values = vm.property("customValue");
    return values == null
        ? ""
        : ((VimArray) values)
            .items().stream()
                .map(VimObject.class::cast)
                .filter(v -> v.get("key").equals(definition.get("key")))
                .map(v -> String.valueOf(v.get("value")))
                .findFirst()
                .orElse("");
  }

  @Test
  void itHasThreeApplicationsWhoseDependenciesExist() {
    try (LabEstate estate = quiet()) {
      List<LabVm> vms = estate.vms();
      Set<String> names = vms.stream().map(LabVm::name).collect(Collectors.toSet());

      assertThat(vms.stream().filter(vm -> !vm.template())).hasSizeGreaterThanOrEqualTo(40);
      assertThat(
              vms.stream().filter(vm -> !vm.template()).map(vm -> attribute(vm, "app")).distinct())
          .containsExactlyInAnyOrder("shop", "ledger", "fleet");
      for (LabVm vm : vms) {
        Stream.of(attribute(vm, "dependsOn").split(","))
            .filter(n -> !n.isEmpty())
            .forEach(n -> assertThat(names).contains(n));
      }
    }
  }

  @Test
  void itHasTheHardCases() {
    try (LabEstate estate = quiet()) {
      List<LabVm> vms = estate.vms();

      assertThat(vms).anyMatch(vm -> vm.os() == GuestOs.WINDOWS_2022 && vm.config().secureBoot());
      assertThat(vms)
          .anyMatch(
              vm -> !vm.config().efi() && vm.disks().getFirst().controller() == Controller.IDE);
      assertThat(vms).anyMatch(vm -> vm.disks().stream().anyMatch(d -> d.rawDevice() != null));
      assertThat(vms)
          .anyMatch(
              vm -> vm.disks().stream().anyMatch(d -> !d.dependent() && d.rawDevice() == null));
      assertThat(vms).anyMatch(vm -> !vm.snapshots().all().isEmpty());
      assertThat(vms).anyMatch(vm -> vm.disks().size() >= 3);
      assertThat(vms).anyMatch(LabVm::template);
      assertThat(vms).anyMatch(vm -> !vm.tools());
      assertThat(vms.stream().flatMap(vm -> vm.nics().stream()).map(LabNic::mac))
          .doesNotHaveDuplicates();
      assertThat(
              vms.stream()
                  .flatMap(vm -> vm.nics().stream())
                  .map(LabNic::ip)
                  .filter(ip -> !ip.isEmpty()))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void itsDisksAreGibibytesOfWhichLittleIsUsed() throws IOException {
    try (LabEstate estate = quiet()) {
      for (LabVm vm : estate.vms()) {
        for (LabDisk disk : vm.disks()) {
          long used =
              (long) disk.content().now().allocatedBlocks().cardinality() * LabDiskContent.BLOCK;
          assertThat(disk.sizeBytes()).isGreaterThan(4L << 30);
          assertThat(used).as("%s %s", vm, disk.file()).isLessThan(48L << 20);
        }
      }
      long onDisk;
      try (Stream<java.nio.file.Path> files = Files.list(estate.directory())) {
        onDisk = files.count();
      }
      assertThat(onDisk).isLessThan(100);
    }
  }

  @Test
  void theSameSeedGivesTheSameEstate() {
    try (LabEstate a = quiet();
        LabEstate b = quiet()) {
      assertThat(a.instanceUuid()).isEqualTo(b.instanceUuid());
      for (LabVm vm : a.vms()) {
        LabVm twin = b.vm(vm.name());
        assertThat(twin.ref()).isEqualTo(vm.ref());
        assertThat(twin.instanceUuid()).isEqualTo(vm.instanceUuid());
        assertThat(twin.nics().stream().map(LabNic::mac).toList())
            .isEqualTo(vm.nics().stream().map(LabNic::mac).toList());
        assertThat(twin.disks().getFirst().content().read(0, 1 << 20))
            .isEqualTo(vm.disks().getFirst().content().read(0, 1 << 20));
      }
    }
  }
}
