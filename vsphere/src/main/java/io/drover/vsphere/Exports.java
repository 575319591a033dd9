// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens export leases: the way to read whole disks that needs nothing but vSphere's own API. */
public final class Exports {
  private static final Logger LOG = LoggerFactory.getLogger(Exports.class);

  /** Objects that live in a session carry its key in their id. */
  private static final Pattern OF_SESSION = Pattern.compile("session\\[([^\\]]+)\\].*");

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

  /**
   * Has vCenter let go of a machine whose lease was opened by a session that nobody uses any more.
   * A lease is an object of its session, none at all for others; so where {@link #abort} finds none
   * while the export still runs, the session that the lease's id names is ended, which ends the
   * lease.
   *
   * @param lease written down before it was used, or only {@code session[KEY]} of its id, which is
   *     no lease; nothing else may live in its session
   * @param vm the machine that it holds
   * @param patience how long to watch for the export to end
   * @return whether no export of the machine runs any more; when false, it ends by its timeout
   */
  public boolean release(Moref lease, Moref vm, Duration patience) {
    if (!lease.id().endsWith("]")) {
      abort(lease);
    }
    if (!exporting(vm)) {
      return true;
    }
    Matcher session = OF_SESSION.matcher(lease.id());
    if (session.matches() && !session.group(1).equals(vsphere.sessionKey())) {
      end(session.group(1));
    }
    Deadline deadline = Deadline.in(patience);
    while (exporting(vm)) {
      if (deadline.passed()) {
        return false;
      }
      deadline.pause(Duration.ofMillis(100));
    }
    return true;
  }

  private boolean exporting(Moref vm) {
    try {
      return new Tasks(vsphere)
          .pending(vm).stream().anyMatch(task -> task.operation().contains("xport"));
    } catch (VSphereFault e) {
      if (e.kind() == VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private void end(String session) {
    try {
      vsphere.call(vim -> {
        vim.terminateSession(vsphere.service("sessionManager"), new String[] {session});
        return true;
      });
    } catch (VSphereFault e) {
      // Gone already, or not allowed: the lease ends by its timeout then.
      LOG.info("The session of an abandoned export was not ended: {}", e.getMessage());
    }
  }

  private void abandon(Moref lease, VSphereFault why) {
    VSphere.undisturbed(() -> {
      try {
        abort(lease);
      } catch (VSphereFault e) {
        why.addSuppressed(e);
      }
    });
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
