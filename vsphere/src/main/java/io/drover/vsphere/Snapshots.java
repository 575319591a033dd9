// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ws.Argument;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Snapshots of virtual machines, and which blocks changed between them. */
public final class Snapshots {
  private final VSphere vsphere;
  private final Properties properties;
  private final Tasks tasks;

  Snapshots(VSphere vsphere) {
    this.vsphere = vsphere;
    this.properties = new Properties(vsphere);
    this.tasks = new Tasks(vsphere);
  }

  /**
   * Takes a snapshot without the memory.
   *
   * @param name need not be unique: look with {@link #of} before taking a second
   * @param quiesce whether VMware Tools shall quiesce the guest's file systems
   * @return the new snapshot
   */
  public Moref create(
      Moref vm, String name, String description, boolean quiesce, Duration deadline) {
    Deadline until = Deadline.in(deadline);
    ManagedObjectReference task =
        vsphere.call(vim ->
            vim.createSnapshot_Task(VSphere.reference(vm), name, description, false, quiesce));
    return tasks
        .await(task, until)
        .moref()
        .orElseThrow(() ->
            new VSphereFault(
                    VSphereFault.Kind.PROTOCOL,
                    "vCenter took the snapshot " + name + " but does not say which it is",
                    "Look for it by its name")
                .withUnknownOutcome());
  }

  /** The roots of the machine's snapshot trees. */
  public List<SnapshotNode> of(Moref vm) {
    return SnapshotNode.read(properties.one(vm, "snapshot").each("rootSnapshotList"));
  }

  /**
   * Removes one snapshot, keeping those taken on top of it.
   *
   * @param consolidate whether to merge its disks now
   */
  public void remove(Moref snapshot, boolean consolidate, Duration deadline) {
    Deadline until = Deadline.in(deadline);
    tasks.await(
        vsphere.call(
            vim -> vim.removeSnapshot_Task(VSphere.reference(snapshot), false, consolidate)),
        until);
  }

  /** Merges the disks that removed snapshots left behind. */
  public void consolidate(Moref vm, Duration deadline) {
    Deadline until = Deadline.in(deadline);
    tasks.await(vsphere.call(vim -> vim.consolidateVMDisks_Task(VSphere.reference(vm))), until);
  }

  /** The disks as they were when the snapshot was taken, each with its change id then. */
  public List<VmFacts.Disk> disks(Moref snapshot) {
    return VmReader.read(
            snapshot, properties.of(snapshot, "config.hardware.device"), Names.NONE, any -> false)
        .disks();
  }

  /**
   * One piece of a disk.
   *
   * @param start its first byte
   * @param length in bytes
   */
  public record Area(long start, long length) {}

  /**
   * What changed on one disk between a change id and a snapshot. Asks vCenter for one page after
   * another while it is walked through; each iterator asks anew.
   *
   * @param vm the machine
   * @param snapshot the later state; null is the machine as it is, which must be off
   * @param deviceKey the disk
   * @param sinceChangeId the earlier state; {@code *} gives all areas in use
   * @return the areas in ascending order; walking throws {@link VSphereFault}
   */
  public Iterable<Area> changedAreas(
      Moref vm, @Nullable Moref snapshot, int deviceKey, String sinceChangeId) {
    List<VmFacts.Disk> disks = disks(snapshot == null ? vm : snapshot);
    long capacity =
        disks.stream()
            .filter(disk -> disk.deviceKey() == deviceKey)
            .findFirst()
            .orElseThrow(() ->
                new VSphereFault(
                    VSphereFault.Kind.INVALID_ARGUMENT,
                    (snapshot == null ? vm : snapshot) + " has no disk " + deviceKey,
                    "Read the machine again"))
            .capacityBytes();
    return () ->
        new Pages(
            capacity,
            from ->
                vsphere
                    .raw(
                        "QueryChangedDiskAreas",
                        Duration.ofMinutes(5),
                        new Argument("_this", "ManagedObjectReference", VSphere.reference(vm)),
                        new Argument(
                            "snapshot",
                            "ManagedObjectReference",
                            VSphere.referenceOrNull(snapshot)),
                        new Argument("deviceKey", "int", deviceKey),
                        new Argument("startOffset", "long", from),
                        new Argument("changeId", "String", sinceChangeId))
                    .at("returnval"));
  }

  /** Asks for the areas from this byte on. */
  private interface Query {
    VimData from(long offset);
  }

  /** Walks through the pages of changed areas. */
  private static final class Pages implements Iterator<Area> {
    private final long capacity;
    private final Query query;
    private final Deque<Area> page = new ArrayDeque<>();
    private long next;

    Pages(long capacity, Query query) {
      this.capacity = capacity;
      this.query = query;
    }

    @Override
    public boolean hasNext() {
      while (page.isEmpty() && next < capacity) {
        VimData answer = query.from(next);
        long end = answer.number("startOffset") + answer.number("length");
        if (end <= next) {
          throw new VSphereFault(
              VSphereFault.Kind.PROTOCOL,
              "vCenter's answer about changed areas from byte " + next + " leads nowhere",
              "Reset changed block tracking of the machine and start over");
        }
        answer
            .each("changedArea")
            .map(area -> new Area(area.number("start"), area.number("length")))
            .filter(area -> area.length() > 0)
            .forEach(page::add);
        next = end;
      }
      return !page.isEmpty();
    }

    @Override
    public Area next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return page.removeFirst();
    }
  }
}
