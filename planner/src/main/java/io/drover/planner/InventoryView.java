// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.forecast.Transfer;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.SinkPolicy;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The inventory as the facts show it now; read by the planner's hand, never by its brain. */
@FunctionalInterface
public interface InventoryView {
  /** A consistent copy; waits until the view has caught up. */
  Snapshot snapshot() throws InterruptedException;

  /**
   * What was seen.
   *
   * @param entities every entity
   * @param versions version (fact sequence) per entity key text
   * @param copies disks that were copied so far, to learn from, oldest first
   * @param limits those in force, by vCenter instance UUID; what is missing has the default ones
   * @param ways the ways of streams into volumes that are set up; null = not known
   * @param coming journeys, of whichever plan, of which something is still to come to the target
   * @param moved the waves, of whichever plan, that VMs were committed by
   */
  record Snapshot(
      Collection<Inventory> entities,
      Map<String, Long> versions,
      List<Transfer.Copy> copies,
      Map<String, Limits> limits,
      SinkPolicy.@Nullable Ways ways,
      List<Coming> coming,
      Map<VmKey, WaveId> moved) {
    // Not compact: the parameters of a compact one lose @Nullable in the class file.
    public Snapshot(
        Collection<Inventory> entities,
        Map<String, Long> versions,
        List<Transfer.Copy> copies,
        Map<String, Limits> limits,
        SinkPolicy.@Nullable Ways ways,
        List<Coming> coming,
        Map<VmKey, WaveId> moved) {
      this.entities = entities;
      this.versions = versions;
      this.copies = List.copyOf(copies);
      this.limits = Map.copyOf(limits);
      this.ways = ways;
      this.coming = List.copyOf(coming);
      this.moved = Map.copyOf(moved);
    }

    /** While nothing is on its way. */
    public Snapshot(
        Collection<Inventory> entities,
        Map<String, Long> versions,
        List<Transfer.Copy> copies,
        Map<String, Limits> limits,
        SinkPolicy.@Nullable Ways ways) {
      this(entities, versions, copies, limits, ways, List.of(), Map.of());
    }

    /** Of which nobody knows how streams get into volumes. */
    public Snapshot(
        Collection<Inventory> entities,
        Map<String, Long> versions,
        List<Transfer.Copy> copies,
        Map<String, Limits> limits) {
      this(entities, versions, copies, limits, null);
    }

    /** Before anything was copied or limited. */
    public Snapshot(Collection<Inventory> entities, Map<String, Long> versions) {
      this(entities, versions, List.of(), Map.of());
    }
  }

  /**
   * A VM that is on its way, and what of it no look at the target sees yet.
   *
   * @param volumes whether its disks are still to come
   * @param machine whether it is still to start
   */
  record Coming(MigrationSpec spec, boolean volumes, boolean machine) {}
}
