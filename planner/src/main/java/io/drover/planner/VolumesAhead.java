// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.assess.Mapping;
import io.drover.planner.estate.Pool;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.StorageClasses;
import io.drover.planner.estate.TargetRoom;
import io.drover.planner.estate.Usage;
import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Durations;
import io.drover.planner.programme.Programme.Machine;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Sayings;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy;
import io.drover.schemas.Transfer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the volumes of a plan need of the target's room beside themselves: CDI unpacks what it
 * fetches on a scratch volume as large as the disk, for as long as the copy takes. And whose room
 * nobody sees.
 */
final class VolumesAhead {
  private final PlanSettings settings;
  private final Sayings.@Nullable Capacity said;
  private final SinkPolicy.@Nullable Ways ways;
  private final StorageClasses classes;
  private final TargetRoom room;

  /** Of all scratch volumes; null = that of the disk. */
  private final @Nullable String scratchClass;

  VolumesAhead(PlanRequest request, InventoryView.Snapshot seen) {
    this.settings = request.settings();
    this.said = request.sayings().capacity();
    this.ways = seen.ways();
    this.classes = StorageClasses.of(seen.entities());
    this.room = TargetRoom.of(seen.entities());
    String scratch = null;
    for (Inventory entity : seen.entities()) {
      if (entity instanceof Inventory.Platform platform && platform.scratchClass() != null) {
        scratch = platform.scratchClass();
      }
    }
    this.scratchClass = scratch;
  }

  /** A disk that comes by way of a scratch volume. */
  private record Scratch(
      Inventory.Vm vm, Inventory.Disk disk, String namespace, String storageClass) {
    long takes(Pool pool) {
      Long used = vm.usedBytes();
      Usage usage = used == null ? Usage.UNKNOWN : new Usage(used, 0, 0, 0);
      return pool.namespace().isEmpty() || pool.namespace().equals(namespace)
          ? pool.takes(disk, storageClass, each -> Durations.heldMiB(vm, usage, each))
          : 0;
    }
  }

  /**
   * A site with the room of its target, without that of the scratch volumes which may be there at
   * once: those of the largest disks. They go again, but a copy that finds no room for its own
   * fails.
   */
  Site site(Site site, List<Inventory.Vm> scope) {
    List<Scratch> scratch = scratch(scope);
    int atOnce = atOnce(site, scope);
    List<Pool> pools =
        room.pools().stream().map(pool -> pool.less(most(pool, scratch, atOnce))).toList();
    return site.with(new TargetRoom(room.memoryGiB(), pools, room.notes()));
  }

  private static long most(Pool pool, List<Scratch> scratch, int atOnce) {
    return scratch.stream()
        .map(each -> each.takes(pool))
        .sorted(Comparator.reverseOrder())
        .limit(atOnce)
        .mapToLong(Long::longValue)
        .sum();
  }

  /** What people should know of the target's room, and of the volumes of what is planned. */
  List<String> notes(List<Machine> machines, Site site) {
    var notes = new ArrayList<>(room.notes());
    List<Inventory.Vm> vms = machines.stream().map(Machine::vm).toList();
    List<Scratch> scratch = scratch(vms);
    int atOnce = Math.min(scratch.size(), atOnce(site, vms));
    if (!scratch.isEmpty()) {
      notes.add(
          "Scratch volumes: CDI unpacks "
              + Why.count(scratch.size(), "disk")
              + " on them; room for those of the largest "
              + atOnce
              + ", which may be copied at once, is kept free.");
    }
    for (Pool pool : room.pools()) {
      long most = most(pool, scratch, atOnce);
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
                + ": make room, or let fewer disks be in flight ('drover limits set').");
      }
    }
    if (said != null && said.storageGiB() > 0) {
      return notes;
    }
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
    return notes;
  }

  private List<Scratch> scratch(List<Inventory.Vm> vms) {
    SinkPolicy.Ways known = ways;
    if (known == null || settings.transfer() != Transfer.STREAM) {
      return List.of();
    }
    var scratch = new ArrayList<Scratch>();
    for (Inventory.Vm vm : vms) {
      Mapping mapping = Mapping.of(vm, settings);
      for (Inventory.Disk disk : vm.disks()) {
        String own = mapping.storage().getOrDefault(disk.deviceKey(), "");
        Inventory.StorageClass storage = classes.named(own);
        boolean block = storage != null && SinkPolicy.block(storage.modes());
        boolean fetched =
            SinkPolicy.choose(settings.sink(), disk.capacityBytes(), known, block)
                .filter(chosen -> chosen.sink() == Sink.HTTP)
                .isPresent();
        if (fetched) {
          scratch.add(
              new Scratch(
                  vm, disk, mapping.namespace(), scratchClass == null ? own : scratchClass));
        }
      }
    }
    return scratch;
  }

  /** Disks that dispatch lets be in flight. */
  private static int atOnce(Site site, List<Inventory.Vm> vms) {
    return vms.stream()
        .map(vm -> vm.vm().vcenter())
        .distinct()
        .mapToInt(vcenter -> Math.max(1, site.limitsOf(vcenter).disksPerVCenter()))
        .sum();
  }
}
