// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabSnapshot;
import io.drover.lab.vcenter.estate.LabTask;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.estate.VmReconfigure;
import io.drover.lab.vcenter.storage.BlockSource;
import io.drover.lab.vcenter.storage.LabDiskContent;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import io.drover.lab.vcenter.vim.XmlNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The methods of VirtualMachine and VirtualMachineSnapshot, but for exports. */
final class VmMethods {
  /** Which privilege a setting of a configuration needs. */
  private static final Map<String, String> CONFIG_PRIVILEGES =
      Map.of(
          "name", "VirtualMachine.Config.Rename",
          "annotation", "VirtualMachine.Config.Annotation",
          "changeTrackingEnabled", "VirtualMachine.Config.ChangeTracking",
          "extraConfig", "VirtualMachine.Config.AdvancedConfig",
          "deviceChange", "VirtualMachine.Config.EditDevice",
          "numCPUs", "VirtualMachine.Config.CPUCount",
          "numCoresPerSocket", "VirtualMachine.Config.CPUCount",
          "memoryMB", "VirtualMachine.Config.Memory");

  private final LabEstate estate;
  private final int maxAreas;

  VmMethods(LabEstate estate, int maxAreas) {
    this.estate = estate;
    this.maxAreas = maxAreas;
  }

  void addTo(Methods methods) {
    String vm = "VirtualMachine";
    methods.add(
        vm,
        "PowerOnVM_Task",
        "VirtualMachine.Interact.PowerOn",
        List.of("host"),
        call -> ref(call.vm().power().on(call.user())));
    methods.add(
        vm,
        "PowerOffVM_Task",
        "VirtualMachine.Interact.PowerOff",
        List.of(),
        call -> ref(call.vm().power().off(call.user())));
    methods.add(
        vm,
        "ResetVM_Task",
        "VirtualMachine.Interact.Reset",
        List.of(),
        call -> ref(call.vm().power().reset(call.user())));
    methods.add(
        vm,
        "ShutdownGuest",
        "VirtualMachine.Interact.PowerOff",
        List.of(),
        call -> {
          call.vm().power().shutdown(call.user());
          return null;
        });
    methods.add(
        vm,
        "RebootGuest",
        "VirtualMachine.Interact.Reset",
        List.of(),
        call -> {
          call.vm().power().reboot(call.user());
          return null;
        });
    methods.add(
        vm,
        "MarkAsTemplate",
        "VirtualMachine.Provisioning.MarkAsTemplate",
        List.of(),
        call -> {
          call.vm().power().markAsTemplate(call.user());
          return null;
        });
    methods.add(
        vm,
        "MarkAsVirtualMachine",
        "VirtualMachine.Provisioning.MarkAsVM",
        List.of("pool", "host"),
        call -> {
          LabVm machine = call.vm();
          machine
              .power()
              .markAsVirtualMachine(
                  call.request().need("pool").asRef(), call.request().ref("host"), call.user());
          return null;
        });
    methods.add(vm, "ReconfigVM_Task", "System.Read", List.of("spec"), VmMethods::reconfigure);
    addSnapshots(methods, vm);
    methods.add(
        vm,
        "QueryChangedDiskAreas",
        "VirtualMachine.Provisioning.DiskRandomRead",
        List.of("snapshot", "deviceKey", "startOffset", "changeId"),
        this::changedAreas);
  }

  private void addSnapshots(Methods methods, String vm) {
    String create = "VirtualMachine.State.CreateSnapshot";
    String remove = "VirtualMachine.State.RemoveSnapshot";
    methods.add(
        vm,
        "CreateSnapshot_Task",
        create,
        List.of("name", "description", "memory", "quiesce"),
        call -> snapshot(call, call.request().need("quiesce").asBool()));
    methods.add(
        vm,
        "CreateSnapshotEx_Task",
        create,
        List.of("name", "description", "memory", "quiesceSpec"),
        call -> snapshot(call, call.request().child("quiesceSpec") != null));
    methods.add(
        vm,
        "RemoveAllSnapshots_Task",
        remove,
        List.of("consolidate", "spec"),
        call -> ref(call.vm().snapshots().removeAll(call.user())));
    methods.add(
        vm,
        "ConsolidateVMDisks_Task",
        remove,
        List.of(),
        call -> ref(call.vm().snapshots().consolidate(call.user())));
    methods.add(
        "VirtualMachineSnapshot",
        "RemoveSnapshot_Task",
        remove,
        List.of("removeChildren", "consolidate"),
        call -> {
          LabSnapshot snapshot = snapshotOf(call);
          return ref(
              snapshot
                  .vm()
                  .snapshots()
                  .remove(snapshot, call.request().need("removeChildren").asBool(), call.user()));
        });
  }

  static LabSnapshot snapshotOf(Call call) {
    if (call.target() instanceof LabSnapshot snapshot) {
      return snapshot;
    }
    throw VimFault.notSupported(call.method() + " needs a snapshot, but got " + call.self() + ".");
  }

  private static Moref ref(LabTask task) {
    return task.ref();
  }

  private static Object snapshot(Call call, boolean quiesce) {
    XmlNode request = call.request();
    XmlNode description = request.child("description");
    return ref(
        call.vm()
            .snapshots()
            .create(
                request.need("name").text(),
                description == null ? "" : description.rawText(),
                request.need("memory").asBool(),
                quiesce,
                call.method(),
                call.user()));
  }

  private static Object reconfigure(Call call) {
    XmlNode spec = call.request().need("spec");
    for (XmlNode field : spec.children()) {
      if (!field.name().equals("changeVersion")) {
        call.need(
            CONFIG_PRIVILEGES.getOrDefault(field.name(), "VirtualMachine.Config.Settings"),
            call.self());
      }
    }
    return ref(new VmReconfigure(call.vm()).start(spec, call.user()));
  }

  // ---- changed block tracking

  private Object changedAreas(Call call) {
    LabVm vm = call.vm();
    XmlNode request = call.request();
    int key = (int) request.need("deviceKey").asLong();
    long start = request.need("startOffset").asLong();
    String since = request.need("changeId").text();
    Moref snapshotRef = request.ref("snapshot");
    LabDisk disk = vm.disk(key);
    if (disk == null) {
      throw VimFault.invalidArgument("deviceKey", vm.name() + " has no disk with key " + key + ".");
    }
    if (start < 0 || start >= disk.sizeBytes()) {
      throw VimFault.invalidArgument(
          "startOffset", "Expected an offset within the disk, but got " + start + ".");
    }
    return estate.locked(() -> changedAreas(vm, disk, snapshotRef, start, since));
  }

  private Object changedAreas(
      LabVm vm, LabDisk disk, @Nullable Moref snapshotRef, long start, String since) {
    String until = null;
    BlockSource bytes = disk.content().now();
    if (snapshotRef == null) {
      if (vm.poweredOn()) {
        throw VimFault.invalidArgument(
            "snapshot", vm.name() + " is powered on: its changed areas need a snapshot.");
      }
    } else {
      if (!(estate.need(snapshotRef) instanceof LabSnapshot snapshot) || snapshot.vm() != vm) {
        throw VimFault.invalidArgument(
            "snapshot", snapshotRef.value() + " is no snapshot of " + vm.name() + ".");
      }
      LabDiskContent.Frozen frozen = snapshot.bytes(disk);
      until = snapshot.changeId(disk);
      if (frozen == null || (until == null && !since.equals("*"))) {
        throw fileFault(disk);
      }
      bytes = frozen;
    }
    BitSet blocks;
    if (since.equals("*")) {
      if (disk.content().changeId() == null) {
        throw fileFault(disk);
      }
      blocks = bytes.allocatedBlocks();
    } else {
      if (disk.content().changeId() == null) {
        throw fileFault(disk);
      }
      blocks = disk.content().changed(since, until);
      if (blocks == null) {
        throw VimFault.invalidArgument(
            "changeId",
            "The change id is not one of disk " + disk.key() + " of " + vm.name() + ".");
      }
    }
    return info(blocks, start, disk.sizeBytes());
  }

  private static VimFault fileFault(LabDisk disk) {
    return new VimFault(
        VimObject.sub("FileFault").with("file", disk.file()),
        "Error caused by file " + disk.file() + ": changed block tracking is not in force on it.");
  }

  private VimObject info(BitSet blocks, long start, long size) {
    List<VimObject> areas = new ArrayList<>();
    long covered = size;
    int block = blocks.nextSetBit((int) (start / LabDiskContent.BLOCK));
    while (block >= 0) {
      int after = blocks.nextClearBit(block);
      long from = Math.max(start, (long) block * LabDiskContent.BLOCK);
      long to = Math.min(size, (long) after * LabDiskContent.BLOCK);
      if (areas.size() == maxAreas) {
        covered = from;
        break;
      }
      areas.add(VimObject.of("DiskChangeExtent").with("start", from).with("length", to - from));
      block = blocks.nextSetBit(after);
    }
    return VimObject.of("DiskChangeInfo")
        .with("startOffset", start)
        .with("length", covered - start)
        .with("changedArea", VimArray.of("DiskChangeExtent", areas));
  }
}
