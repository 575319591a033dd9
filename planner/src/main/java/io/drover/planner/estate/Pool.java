// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.schemas.Inventory;
import java.util.Map;

/**
 * Something of the target that machines take and keep: a quota of a namespace, room of a storage
 * class, CPUs of the nodes.
 *
 * @param name for people, with its unit
 * @param namespace whose machines take of it; empty = all
 * @param storageClass whose disks take of it; empty = all
 * @param what a machine takes
 * @param capacity what is left of it now, in the unit of {@code what}
 */
public record Pool(String name, String namespace, String storageClass, Taken what, long capacity) {
  /** What is counted. */
  public enum Taken {
    /** Memory of the guest and of the pod around it, MiB. */
    MEMORY,
    /** What a pod asks of the CPUs: KubeVirt asks a tenth of each virtual one; thousandths. */
    CPU,
    /** Volumes as large as the disks, MiB. */
    STORAGE,
    /** Volume claims. */
    CLAIMS,
    /** Virtual machines. */
    MACHINES
  }

  /** Thousandths of a CPU that KubeVirt asks for each virtual one, unless it is told otherwise. */
  public static final int ASKED_MILLIS = 100;

  /**
   * What a machine takes of it, in its unit.
   *
   * @param into the namespace that it comes into
   * @param storage the storage class of each disk, by device key
   */
  public long takes(Inventory.Vm vm, String into, Map<Integer, String> storage) {
    if (!namespace.isEmpty() && !namespace.equals(into)) {
      return 0;
    }
    return switch (what) {
      case MEMORY -> vm.compute().memoryMiB() + launcherMiB(vm);
      case CPU -> (long) ASKED_MILLIS * vm.compute().cpus();
      case STORAGE ->
          vm.disks().stream()
              .filter(disk -> comesHere(disk, storage))
              .mapToLong(disk -> (disk.capacityBytes() + (1 << 20) - 1) >> 20)
              .sum();
      case CLAIMS -> vm.disks().stream().filter(disk -> comesHere(disk, storage)).count();
      case MACHINES -> 1;
    };
  }

  /** Whether it is taken when the copies begin, and not only when the target starts. */
  public boolean byCopies() {
    return what == Taken.STORAGE || what == Taken.CLAIMS;
  }

  private boolean comesHere(Inventory.Disk disk, Map<Integer, String> storage) {
    return storageClass.isEmpty()
        || storageClass.equals(storage.getOrDefault(disk.deviceKey(), ""));
  }

  /**
   * What the pod of a guest takes beside its memory, about as KubeVirt reckons it: page tables, its
   * own processes, and something for each CPU.
   */
  static long launcherMiB(Inventory.Vm vm) {
    return 200 + vm.compute().memoryMiB() / 512 + 8L * vm.compute().cpus();
  }
}
