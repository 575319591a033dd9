// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.assess.Assessment;
import io.drover.planner.assess.Mapping;
import io.drover.planner.assess.Target;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Pool;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.StorageClasses;
import io.drover.planner.estate.TargetRoom;
import io.drover.planner.estate.Usage;
import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Durations;
import io.drover.planner.group.SharedDisks;
import io.drover.planner.programme.Programme.Machine;
import io.drover.schemas.Concern.Severity;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Sayings;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the volumes of a plan need of the target's room beside themselves: CDI makes a scratch
 * volume as large as the disk for what it fetches and for what is uploaded, for as long as the copy
 * takes. It unpacks what it fetches on it; that of an upload stays empty, but is claimed. And whose
 * room nobody sees.
 */
final class VolumesAhead {
  private final Estate estate;
  private final SinkPolicy.@Nullable Ways ways;
  private final StorageClasses classes;

  /** Whether somebody said how much room there is, which goes over what is seen of Ceph. */
  private final boolean said;

  private final List<Scratch> scratch;
  private final int atOnce;

  /**
   * @param estate with all of the target's room, and with what was said of it
   */
  VolumesAhead(Estate estate, Sayings.@Nullable Capacity said, SinkPolicy.@Nullable Ways ways) {
    this.estate = estate;
    this.said = said != null && said.storageGiB() > 0;
    this.ways = ways;
    this.classes = StorageClasses.of(estate.target());
    this.scratch = scratch();
    this.atOnce = atOnce();
  }

  /**
   * A disk that comes by way of a scratch volume.
   *
   * @param written whether CDI writes to it
   */
  private record Scratch(
      Inventory.Vm vm,
      Inventory.Disk disk,
      String namespace,
      String storageClass,
      boolean written) {
    long takes(Pool pool, Map<VmKey, Usage> usage) {
      if ((pool.what() == Pool.Taken.HELD && !written)
          || !(pool.namespace().isEmpty() || pool.namespace().equals(namespace))) {
        return 0;
      }
      Usage used = usage.getOrDefault(vm.vm(), Usage.UNKNOWN);
      return pool.takes(disk, storageClass, each -> Durations.heldMiB(vm, used, each));
    }
  }

  /**
   * The estate without the room of the scratch volumes which may be there at once: those of the
   * largest disks. They go again, but a copy that finds no room for its own fails.
   */
  Estate keeping() {
    Site site = estate.site();
    List<Pool> pools = site.pools().stream().map(pool -> pool.less(most(pool))).toList();
    return estate.at(site.with(new TargetRoom(site.memoryGiB(), pools, List.of())));
  }

  private long most(Pool pool) {
    return scratch.stream()
        .map(each -> each.takes(pool, estate.usage()))
        .sorted(Comparator.reverseOrder())
        .limit(atOnce)
        .mapToLong(Long::longValue)
        .sum();
  }

  /**
   * What people should know of the room of scratch volumes, and of the volumes of what is planned.
   */
  List<String> notes(List<Machine> machines) {
    var notes = new ArrayList<String>();
    List<Pool> pools = estate.site().pools();
    boolean kept = pools.stream().anyMatch(pool -> most(pool) > 0);
    boolean unsaid = said && scratch.stream().anyMatch(Scratch::written);
    if (kept || unsaid) {
      notes.add(
          "Scratch volumes: CDI makes one for each of "
              + Why.count(scratch.size(), "disk")
              + " while it is copied"
              + (kept
                  ? "; room for those of the largest "
                      + atOnce
                      + ", which may be copied at once, is kept free."
                  : ".")
              + (unsaid
                  ? " What --storage says is taken to be there beside those of the largest "
                      + atOnce
                      + "."
                  : ""));
    }
    for (Pool pool : pools) {
      long most = most(pool);
      if (most > pool.capacity()) {
        notes.add(
            "The scratch volumes of "
                + Why.count(atOnce, "disk")
                + " at once take "
                + most
                + " of "
                + pool.name()
                + ", of which there are "
                + pool.capacity()
                + ": make room, or let fewer disks be in flight ('drover limits set', or"
                + " maxInFlight of the plan).");
      }
    }
    if (!said) {
      unseen(machines, notes);
    }
    return notes;
  }

  private void unseen(List<Machine> machines, List<String> notes) {
    var unseen = new TreeMap<String, Integer>();
    for (Machine machine : machines) {
      for (Inventory.Disk disk : machine.vm().disks()) {
        String name = machine.mapping().storage().getOrDefault(disk.deviceKey(), "");
        if (!classes.roomIsSeen(name)) {
          Inventory.StorageClass each = classes.named(name);
          unseen.merge(each == null ? name : each.name(), 1, Integer::sum);
        }
      }
    }
    unseen.forEach((name, disks) ->
        notes.add(
            "Free space unknown: "
                + (name.isEmpty()
                    ? "the target shows no default storage class"
                    : "neither the driver of storage class "
                        + name
                        + " nor a Ceph cluster behind it says how much room there is")
                + ", so the plan does not count the "
                + Why.count(disks, "disk")
                + " that it puts there. If you know how much it is, say so with --storage."));
  }

  /** Of all machines that nothing keeps out, whether they are planned in the end or not. */
  private List<Scratch> scratch() {
    SinkPolicy.Ways known = ways;
    PlanSettings settings = estate.settings();
    if (known == null || settings.transfer() != Transfer.STREAM) {
      return List.of();
    }
    var assessment = new Assessment(Target.of(estate.target()));
    Map<VmKey, String> sharing = SharedDisks.refused(estate.vms());
    String ofAll = scratchClass();
    var found = new ArrayList<Scratch>();
    for (Inventory.Vm vm : estate.vms()) {
      Mapping mapping = Mapping.of(vm, settings);
      if (sharing.containsKey(vm.vm())
          || assessment.of(vm, mapping, settings).stream()
              .anyMatch(concern -> concern.severity() == Severity.BLOCKER)) {
        continue;
      }
      for (Inventory.Disk disk : vm.disks()) {
        String own = mapping.storage().getOrDefault(disk.deviceKey(), "");
        Inventory.StorageClass storage = classes.named(own);
        boolean block = storage != null && SinkPolicy.block(storage.modes());
        SinkPolicy.choose(settings.sink(), disk.capacityBytes(), known, block)
            .map(SinkPolicy.Chosen::sink)
            .filter(sink -> sink == Sink.HTTP || sink == Sink.UPLOAD)
            .ifPresent(sink ->
                found.add(
                    new Scratch(
                        vm,
                        disk,
                        mapping.namespace(),
                        ofAll == null ? own : ofAll,
                        sink == Sink.HTTP)));
      }
    }
    return found;
  }

  /** Of all scratch volumes; null = that of the disk. */
  private @Nullable String scratchClass() {
    String scratch = null;
    for (Inventory entity : estate.target()) {
      if (entity instanceof Inventory.Platform platform && platform.scratchClass() != null) {
        scratch = platform.scratchClass();
      }
    }
    return scratch;
  }

  /**
   * Disks that may be on their way at once: as many as dispatch lets be in flight, and no more than
   * the machines have that may cut over at once, for a stream is copied within the cutover.
   */
  private int atOnce() {
    long slots =
        scratch.stream()
            .map(each -> each.vm().vm().vcenter())
            .distinct()
            .mapToLong(vcenter -> Math.max(1, estate.site().limitsOf(vcenter).disksPerVCenter()))
            .sum();
    long ofOne =
        scratch.stream()
            .collect(Collectors.groupingBy(each -> each.vm().vm(), Collectors.counting()))
            .values()
            .stream()
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
    long machines = Math.max(1, estate.settings().maxInFlight());
    return (int) Math.min(scratch.size(), Math.min(slots, machines * ofOne));
  }
}
