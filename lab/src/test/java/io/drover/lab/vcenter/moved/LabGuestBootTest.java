// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.moved;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.lab.cluster.control.virt.GuestBoot;
import io.drover.lab.cluster.control.virt.GuestBoot.Drive;
import io.drover.lab.cluster.control.virt.GuestBoot.Firmware;
import io.drover.lab.cluster.control.virt.GuestBoot.Machine;
import io.drover.lab.cluster.control.virt.GuestBoot.Nic;
import io.drover.lab.cluster.control.virt.GuestBoot.NotBootable;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.estate.LabVm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A moved guest boots if all it wrote is there, and only then. */
class LabGuestBootTest {
  @TempDir Path folder;
  private LabEstate estate;
  private LabVm vm;
  private int copies;

  @BeforeEach
  void start() {
    estate = LabEstate.create("boot", 3, LabPace.quick());
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 1, 8, 32);
    LabDatastore store = b.datastore("ds", 100);
    vm =
        b.vm("app")
            .disk(DiskSpec.bytes(16 << 20).payloadMib(1).in(store))
            .disk(DiskSpec.bytes(8 << 20).payloadMib(1).in(store))
            .nic(b.network("VM Network"), "VirtualVmxnet3", "10.0.0.5")
            .add();
  }

  @AfterEach
  void stop() {
    estate.close();
  }

  private void shutDown() throws InterruptedException {
    vm.power().shutdown("t");
    assertThat(estate.await(() -> !vm.poweredOn(), Duration.ofSeconds(20))).isTrue();
  }

  private List<Path> copy() throws IOException {
    List<Path> images = new ArrayList<>();
    for (LabDisk disk : vm.disks()) {
      Path image = folder.resolve("copy-" + copies++ + ".raw");
      disk.content().flatten(image);
      images.add(image);
    }
    return images;
  }

  private Machine machine(String bus, boolean efi, boolean converted, List<Path> images) {
    List<Drive> drives = new ArrayList<>();
    for (Path image : images) {
      drives.add(new Drive("disk-" + drives.size(), bus, "", image, converted));
    }
    return new Machine(
        "ns",
        "app",
        new Firmware(efi, false, false, ""),
        drives,
        List.of(new Nic("n", vm.nics().getFirst().mac(), "e1000e", "pod")));
  }

  @Test
  void aWholeCopyBootsAndIsTheSameGuest() throws Exception {
    shutDown();

    GuestBoot.Guest guest = LabGuestBoot.knowing(estate).boot(machine("sata", true, false, copy()));

    assertThat(guest.identity().hostname()).isEqualTo(vm.hostName());
    assertThat(guest.identity().addresses())
        .containsEntry(vm.nics().getFirst().mac(), List.of("10.0.0.5"));
    assertThat(guest.work()).containsKeys("disk-0", "disk-1");
  }

  @Test
  void aGuestThatRanAtTheTargetBootsAgain() throws Exception {
    shutDown();
    List<Path> images = copy();
    GuestBoot.Guest guest =
        LabGuestBoot.knowing(estate).boot(machine("virtio", true, true, images));
    guest.work();
    guest.shutDown();

    GuestBoot.Guest again =
        LabGuestBoot.knowing(estate).boot(machine("virtio", true, true, images));

    assertThat(again.identity().agent()).isTrue();
  }

  @Test
  void aStaleCopyDoesNotBoot() throws Exception {
    List<Path> early = copyWhileOff();
    assertThat(estate.await(task(vm.power().on("t")), Duration.ofSeconds(20))).isTrue();
    shutDown();

    assertThatThrownBy(() -> LabGuestBoot.knowing(estate).boot(machine("sata", true, false, early)))
        .isInstanceOf(NotBootable.class)
        .hasMessageContaining("stale");
  }

  private List<Path> copyWhileOff() throws Exception {
    shutDown();
    return copy();
  }

  private static java.util.function.Supplier<Boolean> task(
      io.drover.lab.vcenter.estate.LabTask task) {
    return task::finished;
  }

  @Test
  void disksOfTwoMomentsDoNotBoot() throws Exception {
    List<Path> early = copyWhileOff();
    assertThat(estate.await(task(vm.power().on("t")), Duration.ofSeconds(20))).isTrue();
    List<Path> late = copyWhileOff();

    assertThatThrownBy(() ->
            LabGuestBoot.ofDisks()
                .boot(machine("sata", true, false, List.of(late.get(0), early.get(1)))))
        .isInstanceOf(NotBootable.class)
        .hasMessageContaining("one moment");
  }

  @Test
  void aMissingDiskIsMissed() throws Exception {
    List<Path> images = copyWhileOff();

    assertThatThrownBy(
            () -> LabGuestBoot.ofDisks().boot(machine("sata", true, false, images.subList(0, 1))))
        .isInstanceOf(NotBootable.class)
        .hasMessageContaining("misses a disk");
  }

  @Test
  void theWrongFirmwareFindsNothing() throws Exception {
    List<Path> images = copyWhileOff();

    assertThatThrownBy(() -> LabGuestBoot.ofDisks().boot(machine("sata", false, false, images)))
        .isInstanceOf(NotBootable.class)
        .hasMessageContaining("EFI");
  }

  @Test
  void virtioNeedsAConversion() throws Exception {
    List<Path> images = copyWhileOff();

    assertThatThrownBy(() -> LabGuestBoot.ofDisks().boot(machine("virtio", true, false, images)))
        .isInstanceOf(NotBootable.class)
        .hasMessageContaining("virtio driver");
  }

  @Test
  void anEmptyVolumeIsNoGuest() throws Exception {
    Path empty = folder.resolve("empty.raw");
    java.nio.file.Files.write(empty, new byte[2 << 20]);

    assertThatThrownBy(
            () -> LabGuestBoot.ofDisks().boot(machine("sata", true, false, List.of(empty))))
        .isInstanceOf(NotBootable.class)
        .hasMessageContaining("No bootable device");
  }

  @Test
  void aGuestMayHangOnDemand() throws Exception {
    List<Path> images = copyWhileOff();
    LabGuestBoot boot = LabGuestBoot.knowing(estate);
    boot.hang("app", "Kernel panic - not syncing: VFS: Unable to mount root fs");

    assertThatThrownBy(() -> boot.boot(machine("sata", true, false, images)))
        .hasMessageContaining("Kernel panic");
  }
}
