// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.CopyFault;
import io.drover.schemas.CopyId;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What copying leaves in the world: leases and snapshots at the source, volumes at the target. One
 * thread, no clock. Invariants are judged on it, not on what the brains believe.
 */
public final class CopiesWorld {
  /** An export lease; {@code process} is who keeps it alive. */
  record Lease(String id, VmKey vm, CopyId copy, String process, boolean alive) {}

  /** A snapshot of ours with the content of each disk when it was taken. */
  record Snapshot(
      String id, VmKey vm, MigrationId migration, CopyId copy, Map<Integer, String> content) {}

  /**
   * A target volume.
   *
   * @param content what it holds; null while it is not whole
   */
  record TargetVolume(
      String name, String owner, CopyId copy, boolean writing, @Nullable String content) {}

  private final Map<String, Lease> leases = new TreeMap<>();
  private final Map<String, Snapshot> snapshots = new TreeMap<>();
  private final Map<String, TargetVolume> volumes = new TreeMap<>();
  private final Map<VmKey, String> tracked = new HashMap<>();
  private final Guests guests;
  private Mishaps mishaps = Mishaps.NONE;
  private int number;

  public CopiesWorld(Guests guests) {
    this.guests = guests;
  }

  /** From now on things go wrong like this. */
  public void mishaps(Mishaps those) {
    mishaps = those;
  }

  /** Whether changed blocks of the VM are tracked. */
  public boolean tracks(VmKey vm) {
    return tracked.containsKey(vm);
  }

  /** Somebody else switched changed block tracking on. */
  public void track(VmKey vm) {
    tracked.put(vm, "");
  }

  /** Who switched tracking on per VM: a migration, or nobody of ours. */
  Map<VmKey, String> tracked() {
    return tracked;
  }

  /** Whether a lease holds the VM: it can then be neither powered on nor changed. */
  public boolean leased(VmKey vm) {
    return leases.values().stream().anyMatch(lease -> lease.vm().equals(vm) && lease.alive());
  }

  /** Leases that nobody ended. */
  public List<String> openLeases() {
    return leases.values().stream().filter(Lease::alive).map(Lease::id).toList();
  }

  /** Snapshots of ours that are still there. */
  public List<String> openSnapshots() {
    return List.copyOf(snapshots.keySet());
  }

  /** What a whole volume holds; null when it is not there or not whole. */
  public @Nullable String content(String volume) {
    TargetVolume there = volumes.get(volume);
    return there == null ? null : there.content();
  }

  /** Names of all volumes that a migration's copies made and did not remove. */
  public List<String> volumes(MigrationId migration) {
    return volumes.values().stream()
        .filter(volume -> volume.owner().equals(migration.value()))
        .map(TargetVolume::name)
        .toList();
  }

  /** Somebody else's volume, in the way. */
  public void foreignVolume(String name) {
    volumes.put(name, new TargetVolume(name, "", new CopyId("none"), false, "0".repeat(64)));
  }

  /** Whether a volume of this name is there. */
  public boolean there(String volume) {
    return volumes.containsKey(volume);
  }

  /** The storage loses or changes bytes of a landed volume. */
  public void rot(String volume) {
    TargetVolume there = volumes.get(volume);
    if (there != null) {
      volumes.put(
          volume,
          new TargetVolume(volume, there.owner(), there.copy(), there.writing(), "f".repeat(64)));
    }
  }

  /** vCenter ends the leases that this process kept alive: it crashed, or was cut off. */
  public void expire(String process) {
    leases.replaceAll((id, lease) ->
        lease.process().equals(process)
            ? new Lease(id, lease.vm(), lease.copy(), process, false)
            : lease);
  }

  Guests guests() {
    return guests;
  }

  Map<String, Lease> leases() {
    return leases;
  }

  Map<String, Snapshot> snapshots() {
    return snapshots;
  }

  Map<String, TargetVolume> targets() {
    return volumes;
  }

  String next(String kind) {
    number++;
    return kind + "-" + number;
  }

  /** Does it, unless it goes wrong before or after. */
  <T> T call(String name, Supplier<T> action) {
    strike(name, Mishaps.Moment.BEFORE);
    T result = action.get();
    strike(name, Mishaps.Moment.AFTER);
    return result;
  }

  private void strike(String name, Mishaps.Moment moment) {
    Problem problem = mishaps.strike(name, moment);
    if (problem != null) {
      throw new CopyFault(problem);
    }
  }

  void forget(List<String> names) {
    new ArrayList<>(names).forEach(volumes::remove);
  }
}
