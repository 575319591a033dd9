// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.assess.Assessment;
import io.drover.planner.assess.Mapping;
import io.drover.planner.assess.Target;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Workload;
import io.drover.schemas.Concern;
import io.drover.schemas.Concern.Severity;
import io.drover.schemas.Drift;
import io.drover.schemas.Drift.Kind;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What of an inventory is not as a standing plan took it to be, as far as a plan depends on it: VMs
 * that are gone, new or changed, or that nothing keeps any more, and room that what waits does not
 * find any more. That a VM is on another host, or on or off, or has other addresses is no such
 * thing. Pure.
 */
final class Drifting {
  private final PlanSettings settings;

  /** Of which nobody said anything: what attributes say of machines is compared. */
  private final Estate bare;

  private final List<Drift> drifts = new ArrayList<>();

  private Drifting(PlanSettings settings) {
    this.settings = settings;
    this.bare =
        new Estate(
            Instant.EPOCH,
            List.of(),
            List.of(),
            Map.of(),
            Map.of(),
            List.of(),
            Map.of(),
            Site.DEFAULT,
            settings);
  }

  /** The drifts, by kind and name. */
  static List<Drift> of(StandingPlans.Plan plan, InventoryView.Snapshot seen) {
    var drifting = new Drifting(plan.request().settings());
    drifting.look(plan, seen);
    RoomLeft.missing(plan, seen)
        .forEach(pool ->
            drifting.drifts.add(
                new Drift(
                    Kind.CHANGED,
                    pool,
                    "The target",
                    "has not enough left of '" + pool + "' for what has yet to go")));
    drifting.drifts.sort(
        Comparator.comparing(Drift::kind).thenComparing(Drift::name).thenComparing(Drift::subject));
    return drifting.drifts;
  }

  private void look(StandingPlans.Plan plan, InventoryView.Snapshot seen) {
    var now = new HashMap<VmKey, Inventory.Vm>();
    Scope.of(plan.request(), seen).stream()
        .filter(vm -> !plan.taken().contains(vm.vm()))
        .forEach(vm -> now.put(vm.vm(), vm));
    Map<VmKey, String> went = Scope.went(seen);
    var known = new HashSet<VmKey>();
    for (Proposal.Wave wave : plan.proposal().waves()) {
      for (Proposal.Planned planned : wave.vms()) {
        Inventory.Vm was = planned.spec().source();
        known.add(was.vm());
        if (!plan.taken().contains(was.vm())) {
          planned(was, now.get(was.vm()), planned.spec().way(), went.get(was.vm()));
        }
      }
    }
    Assessment assessment = new Assessment(Target.of(List.copyOf(seen.entities())));
    for (Proposal.Left left : plan.proposal().left()) {
      known.add(left.vm());
      Inventory.Vm is = now.get(left.vm());
      // What kept it may be the target's, so it is looked at even where it is as it was.
      if (is != null) {
        left(left, is, assessment);
      }
    }
    now.forEach((key, vm) -> {
      if (!known.contains(key)) {
        drifts.add(new Drift(Kind.NEW, key.toString(), vm.name(), "is not in it"));
      }
    });
  }

  private void planned(
      Inventory.Vm was, Inventory.@Nullable Vm is, Way way, @Nullable String went) {
    if (is == null) {
      drifts.add(
          new Drift(
              Kind.GONE,
              was.vm().toString(),
              was.name(),
              went == null ? "is gone, or not selected any more" : went));
      return;
    }
    List<String> changes = changes(was, is, way);
    if (!changes.isEmpty()) {
      drifts.add(
          new Drift(
              Kind.CHANGED,
              was.vm().toString(),
              was.name(),
              "changed: " + String.join(", ", changes)));
    }
  }

  /** A VM that was left out for what it was, and is not so any more. */
  private void left(Proposal.Left left, Inventory.Vm is, Assessment assessment) {
    boolean kept = left.concerns().stream().anyMatch(Drifting::blocks);
    if (kept
        && assessment.of(is, Mapping.of(is, settings), settings).stream()
            .noneMatch(Drifting::blocks)) {
      drifts.add(
          new Drift(
              Kind.CHANGED,
              left.vm().toString(),
              left.name(),
              "was left out, and what kept it is gone"));
    }
  }

  private static boolean blocks(Concern concern) {
    return concern.severity() == Severity.BLOCKER;
  }

  /** What differs of a VM, in words. */
  private List<String> changes(Inventory.Vm was, Inventory.Vm is, Way way) {
    var found = new ArrayList<String>();
    differ(found, "name", was.name(), is.name());
    differ(found, "template", was.template(), is.template());
    differ(found, "CPUs", was.compute().cpus(), is.compute().cpus());
    differ(found, "memory MiB", was.compute().memoryMiB(), is.compute().memoryMiB());
    differ(found, "firmware", was.boot().firmware(), is.boot().firmware());
    differ(found, "secure boot", was.boot().secureBoot(), is.boot().secureBoot());
    differ(found, "TPM", was.boot().tpm(), is.boot().tpm());
    differ(found, "guest", was.guest().id(), is.guest().id());
    differ(found, "encrypted", was.encrypted(), is.encrypted());
    differ(found, "other devices", was.otherDevices(), is.otherDevices());
    // Only a warm copy is hindered by them, and by the first one already.
    if (way == Way.WARM && was.snapshots().isEmpty()) {
      differ(found, "snapshots", 0, is.snapshots().size());
    }
    each(found, was.disks(), is.disks(), Inventory.Disk::label, Drifting::shape);
    each(
        found,
        was.nics(),
        is.nics(),
        Inventory.Nic::label,
        nic -> nic.networkName() + " " + nic.mac() + " " + nic.model());
    Workload before = bare.workload(was);
    Workload after = bare.workload(is);
    differ(found, "application", before.application(), after.application());
    differ(found, "stage", before.stage(), after.stage());
    differ(found, "window", before.calendar(), after.calendar());
    differ(found, "team", before.team(), after.team());
    differ(found, "criticality", before.criticality(), after.criticality());
    String depends = settings.dependencyAttribute();
    differ(
        found,
        depends,
        was.attributes().getOrDefault(depends, ""),
        is.attributes().getOrDefault(depends, ""));
    return found;
  }

  private static String shape(Inventory.Disk disk) {
    return disk.capacityBytes()
        + " bytes on "
        + disk.datastore()
        + ", "
        + disk.backing()
        + (disk.independent() ? ", independent" : "")
        + (disk.shared() ? ", shared" : "");
  }

  private static <T> void each(
      List<String> found,
      List<T> was,
      List<T> is,
      Function<T, String> label,
      Function<T, String> shape) {
    Map<String, String> before = shapes(was, label, shape);
    Map<String, String> after = shapes(is, label, shape);
    before.forEach((name, old) -> {
      String now = after.remove(name);
      if (now == null) {
        found.add(name + " removed");
      } else {
        differ(found, name, old, now);
      }
    });
    after.keySet().forEach(name -> found.add(name + " added"));
  }

  private static <T> Map<String, String> shapes(
      List<T> all, Function<T, String> label, Function<T, String> shape) {
    var shapes = new TreeMap<String, String>();
    all.forEach(one -> shapes.merge(label.apply(one), shape.apply(one), (a, b) -> a + "; " + b));
    return shapes;
  }

  private static void differ(List<String> found, String what, Object was, Object is) {
    if (!was.equals(is)) {
      found.add(what + " '" + was + "' became '" + is + "'");
    }
  }
}
