// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.lab.vcenter.storage.LabDiskContent;
import io.drover.lab.vcenter.storage.LabGuestMarker;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Power, guests, snapshots, changed block tracking and templates, judged on the world. */
class LabVmTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private LabEstate estate;
  private LabVm vm;

  @BeforeEach
  void start() {
    estate = LabEstate.create("vm", 3, LabPace.quick());
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

  private @Nullable VimFault end(LabTask task) throws InterruptedException {
    assertThat(estate.await(task::finished, SOON)).isTrue();
    return task.error();
  }

  private LabGuestMarker.Verdict look(int disk) throws IOException {
    return LabGuestMarker.verify(vm.disks().get(disk).content()::read);
  }

  private LabSnapshot snapshot(String name) throws InterruptedException {
    assertThat(end(vm.snapshots().create(name, "", false, false, "CreateSnapshot_Task", "t")))
        .isNull();
    return vm.snapshots().all().getLast();
  }

  @Test
  void aGuestWritesWhileItRuns() throws Exception {
    long before = Objects.requireNonNull(vm.lastMarker()).sequence();

    boolean wrote =
        estate.await(() -> Objects.requireNonNull(vm.lastMarker()).sequence() > before + 2, SOON);

    assertThat(wrote).isTrue();
  }

  @Test
  void aShutDownGuestLeavesTheSameCleanMarkerOnEveryDisk() throws Exception {
    vm.power().shutdown("t");
    assertThat(estate.await(() -> !vm.poweredOn(), SOON)).isTrue();

    LabGuestMarker.Verdict first = look(0);
    LabGuestMarker.Verdict second = look(1);

    assertThat(first.bootable()).as(first.reason()).isTrue();
    assertThat(second.bootable()).as(second.reason()).isTrue();
    assertThat(Objects.requireNonNull(first.marker()).clean()).isTrue();
    assertThat(first.marker().sequence())
        .isEqualTo(Objects.requireNonNull(second.marker()).sequence());
    assertThat(first.marker()).isEqualTo(vm.lastMarker());
  }

  @Test
  void aPulledPlugLeavesAMarkerThatIsNotClean() throws Exception {
    assertThat(end(vm.power().off("t"))).isNull();
    LabGuestMarker then = Objects.requireNonNull(look(0).marker());
    Thread.sleep(100);

    assertThat(look(0).marker()).as("nothing is written after the power is off").isEqualTo(then);
    assertThat(then.clean()).isFalse();
  }

  @Test
  void aGuestGoesOnCountingAfterAReboot() throws Exception {
    assertThat(end(vm.power().off("t"))).isNull();
    LabGuestMarker before = Objects.requireNonNull(vm.lastMarker());

    assertThat(end(vm.power().on("t"))).isNull();

    LabGuestMarker after = Objects.requireNonNull(vm.lastMarker());
    assertThat(after.sequence()).isGreaterThan(before.sequence());
    assertThat(after.bootId()).isNotEqualTo(before.bootId());
  }

  @Test
  void powerFaultsAreTyped() throws Exception {
    VimFault twice = end(vm.power().on("t"));

    assertThat(twice).isNotNull();
    assertThat(twice.type()).isEqualTo("InvalidPowerState");
    assertThat(twice.detail().get("existingState")).hasToString("poweredOn");
  }

  @Test
  void onlyOneTaskAtATime() throws Exception {
    LabTask first = vm.snapshots().create("s", "", false, false, "CreateSnapshot_Task", "t");

    assertThatThrownBy(() -> vm.power().off("t"))
        .isInstanceOfSatisfying(
            VimFault.class, f -> assertThat(f.type()).isEqualTo("TaskInProgress"));

    assertThat(end(first)).isNull();
  }

  @Test
  void trackingBeginsWithTheNextStun() throws Exception {
    LabDiskContent content = vm.disks().getFirst().content();
    estate.locked(() -> vm.config().changeTracking(true));
    String enabled = content.changeId();

    LabSnapshot snapshot = snapshot("s");

    assertThat(enabled).isNull();
    assertThat(snapshot.changeId(vm.disks().getFirst())).isNotNull();
  }

  @Test
  void aSnapshotIsAllOfOneMoment() throws Exception {
    LabSnapshot snapshot = snapshot("s");
    vm.guest().write();

    LabGuestMarker.Verdict[] verdicts = new LabGuestMarker.Verdict[2];
    for (int i = 0; i < 2; i++) {
      LabDiskContent.Frozen frozen = Objects.requireNonNull(snapshot.bytes(vm.disks().get(i)));
      verdicts[i] =
          LabGuestMarker.verify((offset, length) -> {
            byte[] out = new byte[length];
            for (int done = 0; done < length; ) {
              int inside = (int) ((offset + done) % LabDiskContent.BLOCK);
              int count = Math.min(length - done, LabDiskContent.BLOCK - inside);
              System.arraycopy(
                  frozen.block((int) ((offset + done) / LabDiskContent.BLOCK)),
                  inside,
                  out,
                  done,
                  count);
              done += count;
            }
            return out;
          });
    }

    assertThat(verdicts[0].bootable()).as(verdicts[0].reason()).isTrue();
    assertThat(verdicts[1].bootable()).as(verdicts[1].reason()).isTrue();
    assertThat(Objects.requireNonNull(verdicts[0].marker()).sequence())
        .isEqualTo(Objects.requireNonNull(verdicts[1].marker()).sequence());
  }

  @Test
  void filesOfTheChainMergeWhenASnapshotGoes() throws Exception {
    LabDisk disk = vm.disks().getFirst();
    String base = disk.file();
    LabSnapshot first = snapshot("one");
    LabSnapshot second = snapshot("two");
    String live = disk.file();

    assertThat(end(vm.snapshots().remove(first, false, "t"))).isNull();
    VimObject config = (VimObject) Objects.requireNonNull(second.property("config"));

    assertThat(disk.file()).isEqualTo(live).endsWith("-000002.vmdk");
    assertThat(config.toString()).contains("fileName=" + base).doesNotContain("-000001.vmdk");
    assertThat(end(vm.snapshots().removeAll("t"))).isNull();
    assertThat(disk.file()).isEqualTo(base);
  }

  @Test
  void aTemplateRefusesAllButBeingAMachineAgain() throws Exception {
    assertThat(end(vm.power().off("t"))).isNull();
    LabResourcePool pool = Objects.requireNonNull(vm.pool());
    vm.power().markAsTemplate("t");

    assertThatThrownBy(() -> vm.power().on("t"))
        .isInstanceOfSatisfying(
            VimFault.class, f -> assertThat(f.type()).isEqualTo("NotSupported"));
    assertThatThrownBy(
            () -> vm.snapshots().create("s", "", false, false, "CreateSnapshot_Task", "t"))
        .isInstanceOf(VimFault.class);
    assertThat(vm.property("resourcePool")).isNull();

    vm.power().markAsVirtualMachine(pool.ref(), null, "t");
    assertThat(end(vm.power().on("t"))).isNull();
  }

  @Test
  void aRunningMachineIsNoTemplate() {
    assertThatThrownBy(() -> vm.power().markAsTemplate("t"))
        .isInstanceOfSatisfying(
            VimFault.class, f -> assertThat(f.type()).isEqualTo("InvalidPowerState"));
  }

  @Test
  void eventsTellWhoDidWhat() throws Exception {
    assertThat(end(vm.power().off("somebody"))).isNull();

    List<String> types =
        estate.events().log().stream()
            .filter(e -> e.user().equals("somebody"))
            .map(LabEvents.Logged::type)
            .toList();

    assertThat(types).containsExactly("TaskEvent", "VmPoweredOffEvent");
  }
}
