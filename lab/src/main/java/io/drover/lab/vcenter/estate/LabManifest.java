// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.lab.vcenter.faults.LabFaults;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The manifest of an export: what was sent of each item, under the digest that was chosen. Guarded
 * by the estate's lock.
 */
final class LabManifest {
  private static final String METHOD = "HttpNfcLeaseGetManifest";

  private final LabVm vm;
  private final Map<String, LabLease.Sent> sent = new HashMap<>();
  private String checksumType;

  LabManifest(LabVm vm) {
    this.vm = vm;
    this.checksumType = vm.manifestChecksum();
  }

  /** The digest, which must be one that a vCenter knows: sha1 or sha256. */
  static String known(String type) {
    if (!type.equals("sha1") && !type.equals("sha256")) {
      throw VimFault.invalidArgument(
          "checksumType", "Expected sha1 or sha256, but got " + type + ".");
    }
    return type;
  }

  void checksumType(String type) {
    checksumType = known(type);
  }

  void sent(LabLease.Item item, LabLease.Sent what) {
    sent.put(item.targetId(), what);
  }

  /** What was sent so far of these. */
  VimArray of(List<LabLease.Item> items) {
    List<VimObject> entries = new ArrayList<>();
    for (LabLease.Item item : items) {
      LabLease.Sent what = sent.get(item.targetId());
      if (what != null) {
        entries.add(entry(item, item.disk() == null ? what : told(what)));
      }
    }
    return VimArray.of("HttpNfcLeaseManifestEntry", entries);
  }

  /** What the fault rules make of it. */
  private LabLease.Sent told(LabLease.Sent what) {
    LabFaults faults = vm.estate().faults();
    String[] names = {vm.name(), vm.ref().value()};
    boolean size = faults.strike(Kind.MANIFEST_SIZE, METHOD, names) != null;
    boolean checksum = faults.strike(Kind.MANIFEST_CHECKSUM, METHOD, names) != null;
    return new LabLease.Sent(
        size ? what.size() + 512 : what.size(),
        checksum ? other(what.sha1()) : what.sha1(),
        checksum ? other(what.sha256()) : what.sha256(),
        what.populated());
  }

  private static String other(String hex) {
    return hex.substring(1) + (hex.charAt(0) == '0' ? '1' : '0');
  }

  private VimObject entry(LabLease.Item item, LabLease.Sent what) {
    LabDisk disk = item.disk();
    return VimObject.of("HttpNfcLeaseManifestEntry")
        .with("key", item.deviceKey())
        .with("sha1", what.sha1())
        .with("checksum", checksumType.equals("sha1") ? what.sha1() : what.sha256())
        .with("checksumType", checksumType)
        .with("size", what.size())
        .with("disk", disk != null)
        .with("capacity", disk == null ? null : disk.sizeBytes())
        .with("populatedSize", disk == null ? null : what.populated());
  }
}
