// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.storage.DiskLayout;
import io.drover.lab.vcenter.storage.LabDiskContent;
import io.drover.lab.vcenter.vim.VimObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A virtual disk: where it is plugged, the files of its chain, and its bytes. Guarded by the
 * estate's lock but for its bytes.
 */
public final class LabDisk {
  private final Controller controller;
  private final int bus;
  private final int unit;
  private final int number;
  private final DiskSpec spec;
  private final LabDatastore datastore;
  private final UUID uuid;
  private final LabDiskContent content;
  private final List<String> chain = new ArrayList<>();
  private final String stem;
  private int deltas;

  LabDisk(LabVm vm, DiskSpec spec, int unit, int number) {
    this.controller = spec.controller;
    this.bus = spec.bus;
    this.unit = unit;
    this.number = number;
    this.spec = spec;
    this.datastore = Objects.requireNonNull(spec.datastore, "a disk needs a datastore");
    this.uuid = vm.estate().newUuid();
    this.stem = vm.name() + "/" + vm.name() + (number == 0 ? "" : "_" + number);
    DiskLayout layout = spec.layout == null ? DiskLayout.BLANK : spec.layout;
    this.content =
        new LabDiskContent(
            vm.estate().directory().resolve(vm.ref().value() + "-" + number + ".raw"),
            spec.sizeBytes,
            vm.estate().seed() * 31 + vm.name().hashCode() * 7L + number,
            layout == DiskLayout.BLANK ? 0 : spec.payloadBytes,
            layout);
    chain.add("[" + datastore.name() + "] " + stem + ".vmdk");
  }

  /** The device key, such as 2000. */
  public int key() {
    return controller.diskKey(bus, unit);
  }

  public Controller controller() {
    return controller;
  }

  public int bus() {
    return bus;
  }

  public int unit() {
    return unit;
  }

  /** The bytes: read and write them as the guest would. */
  public LabDiskContent content() {
    return content;
  }

  public LabDatastore datastore() {
    return datastore;
  }

  /** Whether snapshots include it. */
  public boolean dependent() {
    return spec.mode.equals("persistent");
  }

  /** physicalMode or virtualMode for a raw device mapping, else null. */
  public @Nullable String rawDevice() {
    return spec.rdm;
  }

  public long sizeBytes() {
    return spec.sizeBytes;
  }

  public boolean shared() {
    return !spec.sharing.equals("sharingNone");
  }

  /** The datastore path of the file that is written to now. */
  public String file() {
    return chain.getLast();
  }

  List<String> chain() {
    return List.copyOf(chain);
  }

  long usedBytes() {
    return spec.thin
        ? (long) content.now().allocatedBlocks().cardinality() * LabDiskContent.BLOCK
        : spec.sizeBytes;
  }

  /** Goes on in a new delta file; returns the file that is frozen by it. */
  String grow() {
    String frozen = file();
    deltas++;
    chain.add(
        "["
            + datastore.name()
            + "] "
            + stem
            + String.format(java.util.Locale.ROOT, "-%06d.vmdk", deltas));
    return frozen;
  }

  /**
   * Merges the file after {@code frozen} into it; returns the name of the file that is gone, or
   * null.
   */
  @Nullable String merge(String frozen) {
    int at = chain.indexOf(frozen);
    return at < 0 || at + 1 >= chain.size() ? null : chain.remove(at + 1);
  }

  VimObject device(boolean tracking) {
    return VimObject.sub("VirtualDisk")
        .with("key", key())
        .with(
            "deviceInfo",
            VimObject.of("Description")
                .with("label", "Hard disk " + (number + 1))
                .with(
                    "summary", String.format(java.util.Locale.US, "%,d KB", spec.sizeBytes / 1024)))
        .with("backing", backing(tracking))
        .with("controllerKey", controller.key(bus))
        .with("unitNumber", unit)
        .with("capacityInKB", spec.sizeBytes / 1024)
        .with("capacityInBytes", spec.sizeBytes)
        .with(
            "shares",
            VimObject.of("SharesInfo")
                .with("shares", 1000)
                .withEnum("level", "SharesLevel", "normal"))
        .with("diskObjectId", key() + "-" + key())
        .with("nativeUnmanagedLinkedClone", false);
  }

  private VimObject backing(boolean tracking) {
    String changeId = tracking ? content.changeId() : null;
    if (spec.rdm != null) {
      return VimObject.sub("VirtualDiskRawDiskMappingVer1BackingInfo")
          .with("fileName", file())
          .with("datastore", datastore.ref())
          .with("backingObjectId", "")
          .with("lunUuid", "0200000000" + uuid.toString().replace("-", "") + "564d46")
          .with("deviceName", "vml.0200000000" + uuid.toString().replace("-", ""))
          .with("compatibilityMode", spec.rdm)
          .with("diskMode", spec.mode)
          .with("uuid", uuidText())
          .with("changeId", spec.rdm.equals("physicalMode") ? null : changeId)
          .with("sharing", spec.sharing);
    }
    VimObject parent = null;
    for (String file : chain.subList(0, chain.size() - 1)) {
      parent = flat(file).with("uuid", uuidText()).with("parent", parent);
    }
    return flat(file())
        .with("uuid", uuidText())
        .with("contentId", uuid.toString().replace("-", ""))
        .with("changeId", changeId)
        .with("parent", parent == null ? null : parent)
        .with("deltaDiskFormat", chain.size() > 1 ? "seSparseFormat" : null)
        .with("digestEnabled", false)
        .with("sharing", spec.sharing);
  }

  private VimObject flat(String file) {
    return VimObject.sub("VirtualDiskFlatVer2BackingInfo")
        .with("fileName", file)
        .with("datastore", datastore.ref())
        .with("backingObjectId", "")
        .with("diskMode", spec.mode)
        .with("split", false)
        .with("writeThrough", false)
        .with("thinProvisioned", spec.thin)
        .with("eagerlyScrub", spec.thin ? null : true);
  }

  private String uuidText() {
    return uuid.toString().toUpperCase(java.util.Locale.ROOT);
  }

  void closeContent() {
    try {
      content.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
