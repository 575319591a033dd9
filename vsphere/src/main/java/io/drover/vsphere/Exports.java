// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Opens export leases: the way to read whole disks that needs nothing but vSphere's own API. */
public final class Exports {
  private final VSphere vsphere;
  private final Properties properties;

  Exports(VSphere vsphere) {
    this.vsphere = vsphere;
    this.properties = new Properties(vsphere);
  }

  /**
   * Exports a machine that is off. Until the lease ends, vCenter refuses to power the machine on or
   * change it.
   *
   * @param deadline for the lease to become ready
   * @throws VSphereFault INVALID_POWER_STATE when it runs
   */
  public ExportLease exportVm(Moref vm, Duration deadline) {
    List<VmFacts.Disk> disks = new Snapshots(vsphere).disks(vm);
    return open(vsphere.call(vim -> vim.exportVm(VSphere.reference(vm))), disks, deadline);
  }

  /** Exports the disks as they were at a snapshot. */
  public ExportLease exportSnapshot(Moref snapshot, Duration deadline) {
    List<VmFacts.Disk> disks = new Snapshots(vsphere).disks(snapshot);
    return open(
        vsphere.call(vim -> vim.exportSnapshot(VSphere.reference(snapshot))), disks, deadline);
  }

  private ExportLease open(
      ManagedObjectReference lease, List<VmFacts.Disk> disks, Duration deadline) {
    Moref moref = VSphere.moref(lease);
    try {
      VimData info = ready(moref, Deadline.in(deadline));
      List<ExportLease.Device> devices = LeaseDevices.read(info, disks, vsphere.endpoint().url());
      Duration timeout = Duration.ofSeconds(Math.max(1, info.at("leaseTimeout").number(300)));
      return new ExportLease(vsphere, moref, devices, timeout);
    } catch (VSphereFault e) {
      abandon(moref, e);
      throw e;
    }
  }

  private VimData ready(Moref lease, Deadline deadline) {
    Duration pause = Duration.ofMillis(20);
    while (true) {
      Map<String, VimData> now = properties.of(lease, "state", "info", "error");
      String state = now.getOrDefault("state", VimData.ABSENT).text();
      switch (state) {
        case "ready" -> {
          return now.getOrDefault("info", VimData.ABSENT);
        }
        case "error", "done" -> {
          VimData error = now.getOrDefault("error", VimData.ABSENT);
          String type = error.at("fault").present() ? error.at("fault").type() : error.type();
          throw VSphereFault.named(
              type.isEmpty() ? "InvalidState" : type,
              "The export lease ended as " + state + ": " + error.text("localizedMessage"));
        }
        default -> {}
      }
      if (deadline.passed()) {
        throw new VSphereFault(
            VSphereFault.Kind.TIMEOUT,
            "The export lease is still " + state + " after " + deadline.whole().toSeconds() + " s",
            "");
      }
      deadline.pause(pause);
      pause = pause.compareTo(Duration.ofSeconds(1)) < 0 ? pause.multipliedBy(2) : pause;
    }
  }

  /**
   * Ends a lease that an earlier process left behind. A lease that is gone already is no error.
   *
   * @param lease from {@link ExportLease#moref()}, written down before it was used
   */
  public void abort(Moref lease) {
    try {
      vsphere.call(vim -> {
        vim.httpNfcLeaseAbort(VSphere.reference(lease), null);
        return true;
      });
    } catch (VSphereFault e) {
      if (e.kind() != VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND
          && e.kind() != VSphereFault.Kind.INVALID_STATE) {
        throw e;
      }
    }
  }

  private void abandon(Moref lease, VSphereFault why) {
    try {
      abort(lease);
    } catch (VSphereFault e) {
      why.addSuppressed(e);
    }
  }

  /** What the manifest says of one device: what was sent, for comparison. */
  static List<ExportLease.ManifestEntry> manifest(VimData answer) {
    List<ExportLease.ManifestEntry> entries = new ArrayList<>();
    answer
        .each("returnval")
        .forEach(each -> {
          boolean typed = !each.text("checksum").isEmpty();
          entries.add(
              new ExportLease.ManifestEntry(
                  each.text("key"),
                  typed ? each.text("checksumType") : "sha1",
                  typed ? each.text("checksum") : each.text("sha1"),
                  each.number("size"),
                  each.at("capacity").number(-1),
                  each.at("populatedSize").number(-1)));
        });
    return entries;
  }
}
