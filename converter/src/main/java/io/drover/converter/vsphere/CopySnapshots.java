// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.vsphere.Moref;
import io.drover.vsphere.SnapshotNode;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereFault;
import io.drover.vsphere.VmFacts;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots that copies take of a source VM: one a round, found by its name, removed and
 * consolidated before the next is made, change ids noted before it goes.
 */
final class CopySnapshots {
  private static final Logger LOG = LoggerFactory.getLogger(CopySnapshots.class);

  /** Operations of vCenter that a copy has to wait for. */
  private static final Pattern HOLDS = Pattern.compile("[Ee]xport|[Ss]napshot|[Cc]onsolidate");

  private final NfcSettings settings;
  private final Tracking tracking;

  /**
   * VMs of which this process began to remove a snapshot and has not seen the disks merged. After a
   * failed merge the snapshot is gone, and nothing at vCenter tells that the merge is ours to do.
   */
  private final Set<VmKey> owed = ConcurrentHashMap.newKeySet();

  CopySnapshots(NfcSettings settings, Tracking tracking) {
    this.settings = settings;
    this.tracking = tracking;
  }

  /** The name a round's snapshot has in vCenter. */
  static String name(CopyId copy) {
    return "drover " + copy;
  }

  private static String description(CopyOrder order, Attempt attempt) {
    return "Made by Drover for migration "
        + order.migration()
        + ", effect "
        + attempt.id()
        + ". It is removed when the copy ends.";
  }

  /** Finds or takes the snapshot of this round; an older one of ours goes first. */
  Moref ensure(VSphere vcenter, CopyOrder order, Attempt attempt) {
    Moref vm = Moref.vm(order.moref());
    Optional<SnapshotNode> known =
        ours(vcenter, order).stream()
            .filter(node -> node.name().equals(name(order.copy())))
            .findFirst();
    if (known.isPresent()) {
      return known.get().moref();
    }
    removeAll(vcenter, order, attempt);
    awaitNoTask(vcenter, order);
    attempt.stop().check();
    // A whole copy of a VM that is off needs no change ids.
    if (order.transfer() == Transfer.VDDK && order.round() != Round.FINAL) {
      tracking.ensureOn(vcenter, order, vcenter.machines().facts(vm));
    }
    boolean quiesce = settings.quiesce() && order.round() != Round.FINAL;
    try {
      return create(vcenter, order, attempt, quiesce);
    } catch (VSphereFault e) {
      if (!quiesce || e.kind() != VSphereFault.Kind.QUIESCE_FAILED) {
        throw e;
      }
      // No target boots from this round: the last one is of a VM that is off.
      LOG.warn(
          "The guest of VM {} cannot be quiesced ({}): its snapshot is taken without",
          order.vmName(),
          e.getMessage());
      // To come to rest may have taken long.
      attempt.stop().check();
      return create(vcenter, order, attempt, false);
    }
  }

  private Moref create(VSphere vcenter, CopyOrder order, Attempt attempt, boolean quiesce) {
    return vcenter
        .snapshots()
        .create(
            Moref.vm(order.moref()),
            name(order.copy()),
            description(order, attempt),
            quiesce,
            settings.snapshotTask());
  }

  /** The snapshot with its change ids. */
  CopyEvidence.SnapshotTaken taken(VSphere vcenter, CopyOrder order, Attempt attempt) {
    Moref snapshot = ensure(vcenter, order, attempt);
    var disks = NfcSourceDisks.byKey(vcenter.snapshots().disks(snapshot));
    var ids = new TreeMap<Integer, String>();
    for (Inventory.Disk wanted : order.disks()) {
      VmFacts.Disk disk = disks.get(wanted.deviceKey());
      if (disk == null) {
        throw new CopyFault(
            Problem.Kind.REFUSED,
            "disk-not-in-snapshot",
            "The snapshot of VM " + order.vmName() + " leaves out disk " + wanted.label() + ".",
            "Refresh the inventory and plan the VM again.");
      }
      if (!disk.changeId().isBlank()) {
        ids.put(wanted.deviceKey(), disk.changeId());
      } else if (order.round() != Round.FINAL) {
        // It will never have one. Tracking may have begun with it: then the next one has.
        remove(vcenter, order, true, attempt);
        throw new CopyFault(
            Problem.Kind.TRANSIENT,
            "change-id-missing",
            "vCenter gives no change id for disk "
                + wanted.label()
                + " of VM "
                + order.vmName()
                + ".",
            "Switch changed block tracking off and on again, with no snapshot left on the VM.");
      }
    }
    return new CopyEvidence.SnapshotTaken(snapshot.id(), ids);
  }

  /**
   * Removes a round's snapshot and waits until its disks are merged.
   *
   * @param taken whether the round had one, or may have had. Then the VM's disks are merged even
   *     where it is gone already: an attempt before this one may have removed it, and failed or
   *     died before the merge. vCenter does not tell whose leftover it is: what others left is
   *     merged, too, and waited for where they lock it. Else what is unmerged is what others left,
   *     and theirs, unless this process removed a snapshot of ours before.
   */
  void remove(VSphere vcenter, CopyOrder order, boolean taken, Attempt attempt) {
    remove(
        vcenter,
        order,
        ours(vcenter, order).stream()
            .filter(node -> node.name().equals(name(order.copy())))
            .toList(),
        taken,
        attempt);
  }

  /** Removes every snapshot of ours. */
  void removeAll(VSphere vcenter, CopyOrder order, Attempt attempt) {
    remove(vcenter, order, ours(vcenter, order), false, attempt);
  }

  private void remove(
      VSphere vcenter, CopyOrder order, List<SnapshotNode> nodes, boolean taken, Attempt attempt) {
    boolean awaited = !nodes.isEmpty();
    for (SnapshotNode node : nodes) {
      attempt.stop().check();
      owed.add(order.vm());
      awaited &= remove(vcenter, order, node.moref());
    }
    if (!taken && !owed.contains(order.vm())) {
      return;
    }
    if (!awaited) {
      // A snapshot leaves the tree before its disks are merged; while they are, nothing says that
      // they need it.
      awaitNoTask(vcenter, order);
    }
    Moref vm = Moref.vm(order.moref());
    if (vcenter.machines().facts(vm).runtime().consolidationNeeded()) {
      merge(vcenter, order, vm);
    }
    owed.remove(order.vm());
  }

  private void merge(VSphere vcenter, CopyOrder order, Moref vm) {
    try {
      vcenter.snapshots().consolidate(vm, settings.snapshotTask());
    } catch (VSphereFault fault) {
      throw lockedOr(fault, order);
    }
  }

  /** A backup reads the disks, say. The copy loses nothing by waiting. */
  private static RuntimeException lockedOr(VSphereFault fault, CopyOrder order) {
    return fault.kind() != VSphereFault.Kind.FILE_LOCKED
        ? fault
        : new CopyFault(
            new Problem(
                Problem.Kind.UNAVAILABLE,
                "disks-locked",
                "The disks of VM %s cannot be merged after a snapshot of ours: %s."
                    .formatted(order.vmName(), fault.getMessage()),
                "See in vCenter who holds the disks, such as a backup; it is tried again."),
            fault);
  }

  /** Whether the removal was waited for to its end; else another came first. */
  private boolean remove(VSphere vcenter, CopyOrder order, Moref snapshot) {
    try {
      vcenter.snapshots().remove(snapshot, true, settings.snapshotTask());
      return true;
    } catch (VSphereFault fault) {
      if (fault.kind() != VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND) {
        throw lockedOr(fault, order);
      }
      // A removal that was asked for before has removed it, if a look says so, too.
      if (ours(vcenter, order).stream().anyMatch(node -> node.moref().equals(snapshot))) {
        throw new CopyFault(
            new Problem(
                Problem.Kind.UNAVAILABLE,
                "source-busy",
                "A snapshot of VM " + order.vmName() + " is still there.",
                "Nothing: it is looked at again."),
            fault);
      }
      return false;
    }
  }

  /** A task of ours that is still queued may land at any time: only without one is it at rest. */
  void awaitNoTask(VSphere vcenter, CopyOrder order) {
    var pending =
        vcenter.machines().pendingTasks(Moref.vm(order.moref())).stream()
            .filter(task -> HOLDS.matcher(task.operation()).find())
            .toList();
    if (!pending.isEmpty()) {
      throw new CopyFault(
          Problem.Kind.UNAVAILABLE,
          "source-busy",
          "vCenter still works on VM "
              + order.vmName()
              + ": "
              + pending.getFirst().operation()
              + ".",
          "Nothing: it is looked at again.");
    }
  }

  private static List<SnapshotNode> ours(VSphere vcenter, CopyOrder order) {
    String marker = "Made by Drover for migration " + order.migration() + ",";
    return vcenter.snapshots().of(Moref.vm(order.moref())).stream()
        .flatMap(SnapshotNode::walk)
        .filter(node -> node.description().startsWith(marker))
        .toList();
  }
}
