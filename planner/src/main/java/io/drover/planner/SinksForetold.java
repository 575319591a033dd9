// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.estate.StorageClasses;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Proposal;
import io.drover.schemas.SinkPolicy;
import io.drover.schemas.Transfer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says in the plan how the disks of each VM are going to get into their volumes, and why: by the
 * policy that the converter chooses by, of what is set up and what the storage offers now.
 */
final class SinksForetold {
  private final SinkPolicy.@Nullable Ways ways;
  private final StorageClasses classes;
  private final Map<String, Integer> disks = new TreeMap<>();

  /** Says nothing where nobody knows what is set up. */
  SinksForetold(InventoryView.Snapshot seen) {
    this.ways = seen.ways();
    this.classes = StorageClasses.of(seen.entities());
  }

  /** The same waves, each VM with the ways of its disks. */
  List<Proposal.Wave> told(List<Proposal.Wave> waves) {
    SinkPolicy.Ways known = ways;
    if (known == null || !known.any()) {
      return waves;
    }
    return waves.stream()
        .map(wave ->
            new Proposal.Wave(
                wave.id(), wave.name(), wave.vms().stream().map(vm -> told(vm, known)).toList()))
        .toList();
  }

  /** How many disks take which way, and why, of all that was {@link #told}. */
  List<String> notes() {
    var notes = new ArrayList<String>();
    disks.forEach((way, count) ->
        notes.add(count + (count == 1 ? " disk goes " : " disks go ") + "in " + way));
    return notes;
  }

  private Proposal.Planned told(Proposal.Planned planned, SinkPolicy.Ways known) {
    MigrationSpec spec = planned.spec();
    if (spec.transfer() != Transfer.STREAM) {
      return planned;
    }
    var byWay = new LinkedHashMap<Way, List<String>>();
    for (Inventory.Disk disk : spec.source().disks()) {
      Way way = way(spec, disk, known);
      disks.merge("by " + way.sink() + way.words(), 1, Integer::sum);
      byWay.computeIfAbsent(way, _ -> new ArrayList<>()).add(disk.label());
    }
    var sinks = new ArrayList<Proposal.Foretold>();
    byWay.forEach((way, labels) -> sinks.add(new Proposal.Foretold(labels, way.sink(), way.why())));
    return new Proposal.Planned(
        spec, planned.application(), planned.concerns(), planned.why(), planned.timing(), sinks);
  }

  private record Way(String sink, String why, boolean there) {
    String words() {
      return (there ? ": " : ", ") + why;
    }
  }

  private Way way(MigrationSpec spec, Inventory.Disk disk, SinkPolicy.Ways known) {
    Inventory.StorageClass storage = classes.named(spec.target().storage().get(disk.deviceKey()));
    return SinkPolicy.choose(
            spec.sink(),
            disk.capacityBytes(),
            known,
            storage != null && SinkPolicy.block(storage.modes()))
        .map(chosen -> new Way(chosen.sink().name().toLowerCase(Locale.ROOT), chosen.why(), true))
        .orElse(
            new Way(
                spec.sink().name().toLowerCase(Locale.ROOT),
                "which is not set up: it will be refused.",
                false));
  }
}
