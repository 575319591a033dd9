// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads orders: which can be carried out, and what they mean where they leave something open. */
final class Orders {
  private Orders() {}

  /** Why an order cannot be carried out by anybody; null = it can. */
  static @Nullable Problem problem(CopyOrder order) {
    String vm = "VM " + order.vmName();
    if (order.disks().isEmpty()) {
      return refused(
          "vm-without-disks",
          vm + " has no disk to copy.",
          "Leave it out of the wave, or add a disk.");
    }
    if (order.transfer() == Transfer.STREAM && order.round() == Round.SYNC) {
      return refused(
          "stream-cannot-sync",
          "A stream cannot carry changed blocks only, but " + vm + " was asked for a delta.",
          "Move it cold, or use the transfer vddk.");
    }
    var keys = new HashSet<Integer>();
    for (Inventory.Disk disk : order.disks()) {
      Problem problem = problem(order, disk, vm + ", disk " + disk.label());
      if (problem != null) {
        return problem;
      }
      if (!keys.add(disk.deviceKey())) {
        return refused(
            "disk-twice",
            vm + " was ordered with disk " + disk.deviceKey() + " twice.",
            "Refresh the inventory of the vCenter and plan the VM again.");
      }
    }
    return null;
  }

  private static @Nullable Problem problem(CopyOrder order, Inventory.Disk disk, String name) {
    if (!order.volumes().containsKey(disk.deviceKey())) {
      return refused(
          "volume-unnamed",
          name + " has no target volume.",
          "Plan the VM again: every disk needs a storage class and a volume name.");
    }
    if (disk.capacityBytes() <= 0) {
      return refused(
          "disk-without-size",
          name + " says " + disk.capacityBytes() + " bytes.",
          "Refresh the inventory of the vCenter and plan the VM again.");
    }
    if (disk.backing() == Inventory.Backing.RDM_PHYSICAL
        || disk.backing() == Inventory.Backing.RDM_VIRTUAL) {
      return refused(
          "disk-is-rdm",
          name + " is a raw device mapping (" + disk.path() + ").",
          "Map the LUN at the target, or turn the disk into a virtual disk first.");
    }
    if (disk.shared()) {
      return refused(
          "disk-is-shared",
          name + " is shared with another VM (" + disk.path() + ").",
          "Move the cluster's members together by another road: a shared disk is not copied.");
    }
    boolean snapshot = order.transfer() == Transfer.VDDK || order.round() != Round.FINAL;
    if (disk.independent() && snapshot) {
      return refused(
          "disk-is-independent",
          name + " is independent: snapshots leave it out.",
          "Move the VM cold with the transfer stream, or make the disk dependent.");
    }
    if (order.round() == Round.SYNC && !order.since().containsKey(disk.deviceKey())) {
      return refused(
          "change-id-missing",
          name + " has no change id to copy from.",
          "Begin with a seed: changed block tracking must be on before it.");
    }
    return null;
  }

  /** The order with the change ids of the last round where it names none itself. */
  static CopyOrder from(CopyOrder order, Map<Integer, String> known) {
    if (order.transfer() != Transfer.VDDK || order.round() == Round.SEED || known.isEmpty()) {
      return order;
    }
    var since = new TreeMap<>(known);
    since.putAll(order.since());
    return new CopyOrder(
        order.copy(),
        order.migration(),
        order.vm(),
        order.moref(),
        order.vmName(),
        order.round(),
        order.transfer(),
        order.sink(),
        order.namespace(),
        order.volumes(),
        order.disks(),
        since,
        order.secondRead(),
        order.bytesPerSecond());
  }

  /** Whether the landed volumes of a round are read back: not between checkpoints. */
  static boolean readBack(CopyOrder order) {
    return order.transfer() == Transfer.STREAM || order.round() == Round.FINAL;
  }

  /** Whether the source is read once more after CDI copied it: behind the fence, if at all. */
  static boolean secondRead(CopyOrder order) {
    return order.transfer() == Transfer.VDDK
        && order.round() == Round.FINAL
        && Boolean.TRUE.equals(order.secondRead());
  }

  /** The disk of an order; {@link IllegalArgumentException} if it has none of that key. */
  static Inventory.Disk disk(CopyOrder order, int key) {
    for (Inventory.Disk disk : order.disks()) {
      if (disk.deviceKey() == key) {
        return disk;
      }
    }
    throw new IllegalArgumentException(
        "Expected a disk of copy " + order.copy() + ", but it has no disk " + key);
  }

  static Problem refused(String code, String what, String remedy) {
    return new Problem(Problem.Kind.REFUSED, code, what, remedy);
  }
}
