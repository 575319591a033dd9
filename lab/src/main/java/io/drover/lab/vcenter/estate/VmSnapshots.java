// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.lab.vcenter.storage.LabDiskContent;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of one virtual machine, a chain from the oldest to the one it runs on. Guarded by
 * the estate's lock.
 */
public final class VmSnapshots {
  private static final int MOST = 32;

  private final LabVm vm;
  private final List<LabSnapshot> chain = new ArrayList<>();

  VmSnapshots(LabVm vm) {
    this.vm = vm;
  }

  private LabEstate estate() {
    return vm.estate();
  }

  /** From the oldest to the newest. */
  public List<LabSnapshot> all() {
    return estate().locked(() -> List.copyOf(chain));
  }

  /** CreateSnapshot_Task: the task's result is the snapshot. */
  public LabTask create(
      String name,
      String description,
      boolean memory,
      boolean quiesce,
      String method,
      String user) {
    vm.refuseTemplate("A snapshot");
    if (name.isEmpty()) {
      throw VimFault.invalidArgument("name", "A snapshot needs a name.");
    }
    return estate()
        .tasks()
        .start(
            vm,
            method,
            "VirtualMachine.createSnapshot",
            user,
            () -> take(name, description, memory, quiesce).ref());
  }

  LabSnapshot take(String name, String description, boolean memory, boolean quiesce) {
    vm.refuseTemplate("A snapshot");
    if (chain.size() >= MOST) {
      throw new VimFault(
          VimObject.sub("TooManySnapshotLevels"),
          "The virtual machine has too many levels of snapshots: " + MOST + ".");
    }
    for (LabDisk disk : vm.disks()) {
      if ("physicalMode".equals(disk.rawDevice()) && vm.poweredOn()) {
        throw VimFault.of(
            "SnapshotIncompatibleDeviceInVm",
            "Cannot take a snapshot of "
                + vm.name()
                + ": the raw device mapping of disk "
                + disk.key()
                + " is in physical mode.");
      }
      if (disk.shared()) {
        throw VimFault.of(
            "SnapshotIncompatibleDeviceInVm",
            "Cannot take a snapshot of " + vm.name() + ": disk " + disk.key() + " is shared.");
      }
      if (!disk.dependent() && memory && vm.poweredOn()) {
        throw VimFault.of(
            "SnapshotIncompatibleDeviceInVm",
            "Cannot take a memory snapshot of "
                + vm.name()
                + ": disk "
                + disk.key()
                + " is independent.");
      }
    }
    boolean quiesced = quiesce && vm.tools() && vm.poweredOn();
    String unquiet = vm.unquiet();
    if (quiesced && unquiet != null) {
      throw VimFault.of(unquiet, "An error occurred while quiescing the virtual machine.");
    }
    Map<LabDisk, LabSnapshot.Kept> kept = new LinkedHashMap<>();
    LabSnapshot[] taken = new LabSnapshot[1];
    vm.guest()
        .stunned(() -> {
          vm.config().applyChangeTracking();
          for (LabDisk disk : vm.disks()) {
            if (disk.dependent()) {
              LabDiskContent.Frozen bytes = disk.content().freeze();
              kept.put(disk, new LabSnapshot.Kept(disk.file(), bytes, disk.content().closeEpoch()));
            }
          }
          taken[0] = new LabSnapshot(vm, name, description, quiesced, kept);
        });
    kept.keySet().forEach(LabDisk::grow);
    chain.add(taken[0]);
    vm.config().bump();
    return taken[0];
  }

  /** RemoveSnapshot_Task of one snapshot; its bytes go into the next file of the chain. */
  public LabTask remove(LabSnapshot snapshot, boolean children, String user) {
    return estate()
        .tasks()
        .start(
            vm,
            "RemoveSnapshot_Task",
            "vm.Snapshot.remove",
            user,
            () -> {
              int at = chain.indexOf(snapshot);
              if (at < 0) {
                throw VimFault.notFound(snapshot.ref());
              }
              List<LabSnapshot> gone =
                  children ? List.copyOf(chain.subList(at, chain.size())) : List.of(snapshot);
              gone.reversed().forEach(this::drop);
              consolidated("RemoveSnapshot_Task");
              return null;
            });
  }

  /** RemoveAllSnapshots_Task. */
  public LabTask removeAll(String user) {
    vm.refuseTemplate("Removing snapshots");
    return estate()
        .tasks()
        .start(
            vm,
            "RemoveAllSnapshots_Task",
            "VirtualMachine.removeAllSnapshots",
            user,
            () -> {
              List.copyOf(chain).reversed().forEach(this::drop);
              consolidated("RemoveAllSnapshots_Task");
              return null;
            });
  }

  private void consolidated(String method) {
    boolean left =
        estate().faults().strike(Kind.CONSOLIDATION_NEEDED, method, vm.name(), vm.ref().value())
            != null;
    vm.consolidationNeeded(left);
    vm.config().bump();
  }

  /** ConsolidateVMDisks_Task. */
  public LabTask consolidate(String user) {
    return estate()
        .tasks()
        .start(
            vm,
            "ConsolidateVMDisks_Task",
            "VirtualMachine.consolidateDisks",
            user,
            () -> {
              vm.consolidationNeeded(false);
              return null;
            });
  }

  private void drop(LabSnapshot snapshot) {
    chain.remove(snapshot);
    snapshot
        .kept()
        .forEach((disk, kept) -> {
          disk.content().release(kept.bytes());
          String gone = disk.merge(kept.file());
          if (gone != null) {
            chain.forEach(later -> later.renamed(disk, gone, kept.file()));
          }
        });
    estate().unregister(snapshot.ref());
    vm.changed();
  }

  List<Moref> childOf(LabSnapshot snapshot) {
    int at = chain.indexOf(snapshot);
    return at < 0 || at + 1 >= chain.size() ? List.of() : List.of(chain.get(at + 1).ref());
  }

  List<Moref> rootRefs() {
    return chain.isEmpty() ? List.of() : List.of(chain.getFirst().ref());
  }

  @Nullable VimObject info() {
    if (chain.isEmpty()) {
      return null;
    }
    VimObject tree = null;
    for (LabSnapshot snapshot : chain.reversed()) {
      tree = snapshot.tree(tree == null ? List.of() : List.of(tree));
    }
    return VimObject.of("VirtualMachineSnapshotInfo")
        .with("currentSnapshot", chain.getLast().ref())
        .with(
            "rootSnapshotList",
            VimArray.of("VirtualMachineSnapshotTree", tree == null ? List.of() : List.of(tree)));
  }

  List<VimObject> layout(Map<String, Integer> fileKeys) {
    List<VimObject> layouts = new ArrayList<>();
    for (LabSnapshot snapshot : chain) {
      List<VimObject> disks = new ArrayList<>();
      snapshot
          .kept()
          .forEach((disk, kept) ->
              disks.add(
                  VimObject.of("VirtualMachineFileLayoutExDiskLayout")
                      .with("key", disk.key())
                      .with(
                          "chain",
                          VimArray.of(
                              "VirtualMachineFileLayoutExDiskUnit",
                              List.of(
                                  VimObject.of("VirtualMachineFileLayoutExDiskUnit")
                                      .with(
                                          "fileKey",
                                          VimArray.of(
                                              "int",
                                              List.of(fileKeys.getOrDefault(kept.file(), 0)))))))));
      layouts.add(
          VimObject.of("VirtualMachineFileLayoutExSnapshotLayout")
              .with("key", snapshot.ref())
              .with("dataKey", 0)
              .with("memoryKey", -1)
              .with("disk", VimArray.of("VirtualMachineFileLayoutExDiskLayout", disks)));
    }
    return layouts;
  }
}
