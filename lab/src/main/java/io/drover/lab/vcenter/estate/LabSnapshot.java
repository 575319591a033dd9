// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.storage.LabDiskContent;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot: a frozen configuration and the frozen bytes of every disk that snapshots include.
 * Guarded by the estate's lock.
 */
public final class LabSnapshot implements Managed {
  /** What a snapshot keeps of one disk. */
  record Kept(String file, LabDiskContent.Frozen bytes, @Nullable String changeId) {}

  private final LabVm vm;
  private final Moref ref;
  private final int id;
  private final String name;
  private final String description;
  private final boolean quiesced;
  private final Instant created = Instant.now();
  private final Map<LabDisk, Kept> kept = new LinkedHashMap<>();
  private final String powerState;
  private VimObject config;
  private long version;

  LabSnapshot(
      LabVm vm, String name, String description, boolean quiesced, Map<LabDisk, Kept> kept) {
    this.vm = vm;
    this.id = vm.estate().nextNumber("snapshot-" + vm.ref().value(), 1);
    this.ref =
        new Moref("VirtualMachineSnapshot", "snapshot-" + vm.estate().nextNumber("snapshot", 1001));
    this.name = name;
    this.description = description;
    this.quiesced = quiesced;
    this.kept.putAll(kept);
    this.powerState = vm.powerState().wire();
    this.config = vm.config().info();
    vm.estate().register(this);
    version = vm.estate().tick();
  }

  public LabVm vm() {
    return vm;
  }

  public String name() {
    return name;
  }

  public String description() {
    return description;
  }

  public Map<LabDisk, Kept> kept() {
    return Map.copyOf(kept);
  }

  /** The frozen bytes of a disk, or null if the snapshot does not include it. */
  public LabDiskContent.@Nullable Frozen bytes(LabDisk disk) {
    Kept k = kept.get(disk);
    return k == null ? null : k.bytes();
  }

  /** The disk's change id at the time of the snapshot, or null without tracking. */
  public @Nullable String changeId(LabDisk disk) {
    Kept k = kept.get(disk);
    return k == null ? null : k.changeId();
  }

  /** A file of the chain got another name because an older snapshot was removed. */
  void renamed(LabDisk disk, String oldFile, String newFile) {
    Kept k = kept.get(disk);
    if (k != null && k.file().equals(oldFile)) {
      kept.put(disk, new Kept(newFile, k.bytes(), k.changeId()));
    }
    config =
        config.mapDeep(object -> {
          if (!oldFile.equals(object.get("fileName"))) {
            return object;
          }
          VimObject copy =
              object.subtype() ? VimObject.sub(object.type()) : VimObject.of(object.type());
          object
              .fields()
              .forEach(
                  (field, value) -> copy.with(field, field.equals("fileName") ? newFile : value));
          return copy;
        });
    version = vm.estate().tick();
  }

  VimObject tree(List<VimObject> children) {
    return VimObject.of("VirtualMachineSnapshotTree")
        .with("snapshot", ref)
        .with("vm", vm.ref())
        .with("name", name)
        .with("description", description)
        .with("id", id)
        .with("createTime", created)
        .with("state", new VimEnum("VirtualMachinePowerState", powerState))
        .with("quiesced", quiesced)
        .with("childSnapshotList", VimArray.of("VirtualMachineSnapshotTree", children))
        .with("replaySupported", false);
  }

  @Override
  public Moref ref() {
    return ref;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public List<String> propertyNames() {
    return List.of("config", "childSnapshot", "vm", "value", "availableField");
  }

  @Override
  public @Nullable Object property(String property) {
    return switch (property) {
      case "config" -> config;
      case "vm" -> vm.ref();
      case "childSnapshot" -> VimArray.refs(vm.snapshots().childOf(this));
      default -> null;
    };
  }
}
