// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The copies of the read model: the latest disks that came, for the planner to learn from. */
final class Copies {
  private static final int KEPT = 2_000;

  private final Deque<Herd.CopiedDisk> copied = new ArrayDeque<>();

  /** Those that are under way, by VM key text. */
  private final Map<String, CopyOrder> orders = new HashMap<>();

  /**
   * Folds a fact in.
   *
   * @param vm VM key text
   */
  void fold(String vm, ConversionFact fact) {
    switch (fact) {
      case ConversionFact.CopyBegun f -> orders.put(vm, f.order());
      case ConversionFact.CopyEnded _, ConversionFact.CopyGivenUp _, ConversionFact.CopyHalted _ ->
          orders.remove(vm);
      case ConversionFact.CopyStepEnded f -> {
        if (f.evidence() instanceof CopyEvidence.DiskTransferred transferred) {
          copied.addLast(copied(vm, f.diskKey(), transferred));
          if (copied.size() > KEPT) {
            copied.removeFirst();
          }
        }
      }
      case ConversionFact _ -> {
        // The status documents of migrations show them.
      }
    }
  }

  /** The latest disks that were copied, oldest first. */
  List<Herd.CopiedDisk> latest() {
    return List.copyOf(copied);
  }

  private Herd.CopiedDisk copied(
      String vm, @Nullable Integer disk, CopyEvidence.DiskTransferred transferred) {
    CopyOrder order = orders.get(vm);
    if (order == null || disk == null) {
      return new Herd.CopiedDisk(vm, "", "", transferred);
    }
    ConversionMessage.Volume into = order.volumes().get(disk);
    String storageClass = into == null ? null : into.storageClass();
    return new Herd.CopiedDisk(
        vm,
        order.disks().stream()
            .filter(one -> one.deviceKey() == disk)
            .map(Inventory.Disk::datastore)
            .findFirst()
            .orElse(""),
        storageClass == null ? "" : storageClass,
        transferred);
  }
}
