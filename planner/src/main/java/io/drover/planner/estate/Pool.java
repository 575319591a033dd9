// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Something of the target that machines take and keep: a quota of a namespace, room of a storage
 * class or of what stands behind several, CPUs of the nodes.
 *
 * @param name for people, with its unit
 * @param namespace whose machines take of it; empty = all
 * @param classes the storage classes whose disks take of it, and how often each byte counts; empty
 *     = all, once. A disk that is mapped to no class has an empty name
 * @param what a machine takes
 * @param capacity what is left of it now, in the unit of {@code what}
 * @param beside what the copies of some machines take of it for a while beside what the machines
 *     keep, where no room is kept free for it
 */
public record Pool(
    String name,
    String namespace,
    Map<String, Double> classes,
    Taken what,
    long capacity,
    Map<VmKey, Long> beside) {
  public Pool {
    classes = Map.copyOf(classes);
    beside = Map.copyOf(beside);
  }

  /** Of which copies take nothing but what machines keep. */
  public Pool(
      String name, String namespace, Map<String, Double> classes, Taken what, long capacity) {
    this(name, namespace, classes, what, capacity, Map.of());
  }

  /** What is counted. */
  public enum Taken {
    /** Memory of the guest and of the pod around it, MiB. */
    MEMORY,
    /** The same, where the limits of pods count and not what they ask for; MiB. */
    MEMORY_LIMIT,
    /** What a pod asks of the CPUs: KubeVirt asks a tenth of each virtual one; thousandths. */
    CPU,
    /** Volumes as large as the disks, MiB. */
    STORAGE,
    /** What the disks hold, with all copies of it, MiB. */
    HELD,
    /** Volume claims. */
    CLAIMS,
    /** Virtual machines. */
    MACHINES
  }

  /** Thousandths of a CPU that KubeVirt asks for each virtual one, unless it is told otherwise. */
  public static final int ASKED_MILLIS = 100;

  /** The same with less in it. */
  public Pool less(long amount) {
    return new Pool(name, namespace, classes, what, Math.max(0, capacity - amount), beside);
  }

  /** The same of which the copies of these machines take so much beside what they keep. */
  public Pool with(Map<VmKey, Long> besides) {
    return new Pool(name, namespace, classes, what, capacity, besides);
  }

  /**
   * What a machine takes of it, its copies with it, in its unit.
   *
   * @param into the namespace that it comes into
   * @param storage the storage class of each disk, by device key
   * @param heldMiB what is on each disk
   */
  public long takes(
      Inventory.Vm vm,
      String into,
      Map<Integer, String> storage,
      ToDoubleFunction<Inventory.Disk> heldMiB) {
    if (!namespace.isEmpty() && !namespace.equals(into)) {
      return 0;
    }
    long kept =
        switch (what) {
          case MEMORY, MEMORY_LIMIT -> vm.compute().memoryMiB() + launcherMiB(vm);
          case CPU -> (long) ASKED_MILLIS * vm.compute().cpus();
          case MACHINES -> 1;
          case STORAGE, HELD, CLAIMS ->
              vm.disks().stream()
                  .mapToLong(
                      disk -> takes(disk, storage.getOrDefault(disk.deviceKey(), ""), heldMiB))
                  .sum();
        };
    return kept + beside.getOrDefault(vm.vm(), 0L);
  }

  /**
   * What the volume of a disk takes of it, in its unit; nothing of what is no room of volumes.
   *
   * @param storageClass that it comes into, empty if that is not said
   */
  public long takes(
      Inventory.Disk disk, String storageClass, ToDoubleFunction<Inventory.Disk> heldMiB) {
    double times = classes.isEmpty() ? 1 : classes.getOrDefault(storageClass, 0.0);
    return times == 0
        ? 0
        : switch (what) {
          case STORAGE -> (disk.capacityBytes() + (1 << 20) - 1) >> 20;
          case HELD -> (long) Math.ceil(heldMiB.applyAsDouble(disk) * times);
          case CLAIMS -> 1;
          case MEMORY, MEMORY_LIMIT, CPU, MACHINES -> 0;
        };
  }

  /** What to do where it is too little for a machine. */
  public String remedy() {
    String more =
        !namespace.isEmpty()
            ? "Raise the quota"
            : switch (what) {
              case HELD -> "Free space in the Ceph cluster, add OSDs to it";
              case STORAGE ->
                  "Free or add space behind the storage class, map the disks to another";
              case MEMORY, MEMORY_LIMIT, CPU, CLAIMS, MACHINES -> "Add nodes";
            };
    return more + ", or leave the VM for a later plan.";
  }

  /** Whether it is taken when the copies begin, and not only when the target starts. */
  public boolean byCopies() {
    return what == Taken.STORAGE || what == Taken.HELD || what == Taken.CLAIMS;
  }

  /**
   * What the pod of a guest takes beside its memory, about as KubeVirt reckons it: page tables, its
   * own processes, and something for each CPU.
   */
  static long launcherMiB(Inventory.Vm vm) {
    return 200 + vm.compute().memoryMiB() / 512 + 8L * vm.compute().cpus();
  }
}
