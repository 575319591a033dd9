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
import io.drover.planner.explain.Why;
import io.drover.planner.group.SharedDisks;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Resource;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the copies of a plan need of the target's room beside the volumes that they fill: CDI makes
 * a scratch volume as large as the disk for what it fetches and for what is uploaded, for as long
 * as the copy takes. It unpacks what it fetches on it; that of an upload stays empty, but is
 * claimed. And a pod writes each volume. And whose room nobody sees.
 */
final class VolumesAhead {
  private final Estate estate;
  private final SinkPolicy.@Nullable Ways ways;
  private final StorageClasses classes;
  private final Sayings.@Nullable Capacity said;
  private final List<CopyNeed> needs;
  private final List<CopyNeed> scratch;
  private final CopyRoom room;
  private final int atOnce;

  /**
   * @param estate with all of the target's room, and with what was said of it
   */
  VolumesAhead(Estate estate, Sayings.@Nullable Capacity said, SinkPolicy.@Nullable Ways ways) {
    this.estate = estate;
    this.said = said;
    this.ways = ways;
    this.classes = StorageClasses.of(estate.target());
    this.needs = needs();
    this.scratch = needs.stream().filter(need -> need.scratch() != null).toList();
    this.atOnce = atOnce();
    this.room = new CopyRoom(estate, needs, atOnce);
  }

  /** Whether somebody said how much room there is, which goes over what is seen of Ceph. */
  private boolean saidStorage() {
    return said != null && said.storageGiB() > 0;
  }

  /**
   * The estate without the room of what copies may take that go at once: of those that take most.
   * It is free again afterwards, but a copy that finds no room for its own fails.
   */
  Estate keeping() {
    Site site = estate.site();
    return estate.at(site.with(new TargetRoom(memoryGiB(site), room.free(), List.of())));
  }

  /** Free memory of the nodes without the pods of copies; what was said is there beside them. */
  private int memoryGiB(Site site) {
    if (site.memoryGiB() == 0 || (said != null && said.memoryGiB() > 0)) {
      return site.memoryGiB();
    }
    long pods =
        needs.stream()
            .map(need -> need.pod().mib())
            .sorted(Comparator.reverseOrder())
            .limit(atOnce)
            .mapToLong(Integer::longValue)
            .sum();
    return (int) Math.max(1, site.memoryGiB() - (pods + 1023) / 1024);
  }

  /**
   * What people should know of the room of scratch volumes, and of the volumes of what is planned.
   */
  List<String> notes(List<Machine> machines) {
    var notes = new ArrayList<String>();
    List<Pool> pools = estate.site().pools();
    int counted = room.counted(scratch);
    boolean kept =
        counted > 0
            && IntStream.range(0, pools.size())
                .anyMatch(p -> pools.get(p).byCopies() && room.kept(p) > 0);
    boolean unsaid = saidStorage() && scratch.stream().anyMatch(CopyNeed::written);
    if (kept || unsaid) {
      notes.add(
          "Scratch volumes: CDI makes one for each of "
              + Why.count(scratch.size(), "disk")
              + " while it is copied"
              + (kept
                  ? "; room for those of the largest "
                      + counted
                      + ", which may be copied at once, is kept free."
                  : ".")
              + (unsaid
                  ? " What --storage says is taken to be there beside those of the largest "
                      + counted
                      + "."
                  : ""));
    }
    for (int p = 0; p < pools.size(); p++) {
      Pool pool = pools.get(p);
      if (room.most(p) > pool.capacity()) {
        notes.add(
            (pool.byCopies() ? "The scratch volumes of " : "The pods that copy ")
                + Why.count(atOnce, "disk")
                + " at once take "
                + Resource.words(pool.name(), room.most(p))
                + " of "
                + Resource.bare(pool.name())
                + ", of which there are "
                + Resource.words(pool.name(), pool.capacity())
                + ": make room, or let fewer disks be in flight ('drover limits set', or"
                + " maxInFlight of the plan).");
      }
    }
    if (!saidStorage()) {
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
  private List<CopyNeed> needs() {
    PlanSettings settings = estate.settings();
    if (settings.transfer() == Transfer.STREAM && ways == null) {
      return List.of();
    }
    var assessment = new Assessment(Target.of(estate.target()));
    Map<VmKey, String> sharing = SharedDisks.refused(estate.vms());
    String ofAll = scratchClass();
    var found = new ArrayList<CopyNeed>();
    for (Inventory.Vm vm : estate.vms()) {
      Mapping mapping = Mapping.of(vm, settings);
      if (sharing.containsKey(vm.vm())
          || assessment.of(vm, mapping, settings).stream()
              .anyMatch(concern -> concern.severity() == Severity.BLOCKER)) {
        continue;
      }
      for (Inventory.Disk disk : vm.disks()) {
        CopyNeed need = need(vm, disk, mapping, ofAll);
        if (need != null) {
          found.add(need);
        }
      }
    }
    return found;
  }

  /** Null where it is not known how the disk gets into its volume. */
  private @Nullable CopyNeed need(
      Inventory.Vm vm, Inventory.Disk disk, Mapping mapping, @Nullable String ofAll) {
    PlanSettings settings = estate.settings();
    SinkPolicy.Ways known = ways;
    if (settings.transfer() == Transfer.VDDK) {
      return new CopyNeed(vm, disk, mapping, null, false, CopyNeed.Pod.OF_CDI);
    }
    if (known == null) {
      return null;
    }
    String own = mapping.storage().getOrDefault(disk.deviceKey(), "");
    Inventory.StorageClass storage = classes.named(own);
    boolean block = storage != null && SinkPolicy.block(storage.modes());
    Sink sink =
        SinkPolicy.choose(settings.sink(), disk.capacityBytes(), known, block)
            .map(SinkPolicy.Chosen::sink)
            .orElse(Sink.AUTO);
    String scratchOf = ofAll == null ? own : ofAll;
    return switch (sink) {
      case HTTP -> new CopyNeed(vm, disk, mapping, scratchOf, true, CopyNeed.Pod.OF_CDI);
      case UPLOAD -> new CopyNeed(vm, disk, mapping, scratchOf, false, CopyNeed.Pod.OF_CDI);
      case DIRECT -> new CopyNeed(vm, disk, mapping, null, false, CopyNeed.Pod.WORKER);
      case AUTO -> null;
    };
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
   * Disks that may be on their way at once: as many as dispatch lets be in flight, and, where they
   * are copied within the cutover, no more than the machines have that may cut over at once.
   */
  private int atOnce() {
    long slots =
        needs.stream()
            .map(need -> need.key().vcenter())
            .distinct()
            .mapToLong(vcenter -> Math.max(1, estate.site().limitsOf(vcenter).disksPerVCenter()))
            .sum();
    long ofOne =
        needs.stream()
            .collect(Collectors.groupingBy(CopyNeed::key, Collectors.counting()))
            .values()
            .stream()
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
    long machines = Math.max(1, estate.settings().maxInFlight());
    long within = estate.settings().transfer() == Transfer.STREAM ? machines * ofOne : needs.size();
    return (int) Math.min(needs.size(), Math.min(slots, within));
  }
}
