// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.executor.TargetVm.JobSight;
import io.drover.executor.TargetVm.Presence;
import io.drover.executor.TargetVm.Snap;
import io.drover.executor.Trouble;
import io.drover.executor.VolumeNames;
import io.drover.schemas.Inventory.Disk;
import io.drover.schemas.MigrationSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The storage of a modelled cluster: volumes by what they hold of their source, snapshots of them,
 * and the Jobs that convert the guest on them.
 */
public final class ModelStorage {
  private final World world;

  /** Volumes by {@code namespace/name}: which writes of the source each holds, and whose it is. */
  private final Map<String, Volume> volumes = new TreeMap<>();

  private final Map<String, Snap> snaps = new HashMap<>();
  private final Map<String, String> snapOwners = new TreeMap<>();

  /** What each snapshot holds. */
  private final Map<String, Volume> snapped = new HashMap<>();

  private final Map<String, Job> jobs = new TreeMap<>();

  /** When each object was made that is named by {@link #leftovers}. */
  private final Map<String, Instant> made = new HashMap<>();

  private final Set<String> removed = new TreeSet<>();
  private boolean conversionsFail;

  ModelStorage(World world) {
    this.world = world;
  }

  /**
   * A volume: what of the source it holds.
   *
   * @param converted how often a guest conversion wrote to it
   * @param complete whether it took its last checkpoint
   */
  public record Volume(String migration, long writes, int converted, boolean complete) {}

  private record Job(String migration, boolean done, boolean failed) {}

  /** From now on guest conversions fail, or succeed again. */
  public void conversionsFail(boolean fail) {
    conversionsFail = fail;
  }

  /** The whole first volume of a disk landed, complete. */
  public void land(MigrationSpec spec, int deviceKey, long writes) {
    land(
        spec.target().namespace() + "/" + VolumeNames.of(spec, deviceKey),
        spec.id().value(),
        writes,
        true);
  }

  /**
   * The whole disk landed in the volume of this name.
   *
   * @param complete whether that was its last checkpoint
   */
  public void land(String volume, String migration, long writes, boolean complete) {
    // Whoever writes late finds the volume gone.
    if (!removed.contains(migration)) {
      volumes.put(volume, new Volume(migration, writes, 0, complete));
    }
  }

  /**
   * Changed blocks are added to a volume. One that took its last checkpoint takes no more and stays
   * as it is; one that is not yet at {@code since} would be neither.
   */
  public void add(String volume, String migration, long since, long writes, boolean complete) {
    volumes.computeIfPresent(
        volume,
        (name, v) ->
            v.complete()
                ? v
                : new Volume(migration, since > v.writes() ? -1 : writes, 0, complete));
  }

  /** The copies of a migration are removed. */
  public void removeCopies(String migration) {
    removed.add(migration);
    volumes.values().removeIf(v -> v.migration().equals(migration));
  }

  /** The volume of this name, if there is one. */
  public @Nullable Volume volume(String name) {
    return volumes.get(name);
  }

  /** The volumes, snapshots and Jobs of this migration that are left. */
  List<String> leftovers(String migration) {
    var left = new ArrayList<String>();
    volumes.forEach((name, v) -> {
      if (v.migration().equals(migration)) {
        left.add("PersistentVolumeClaim/" + name);
      }
    });
    snapOwners.forEach((name, owner) -> {
      if (owner.equals(migration)) {
        left.add("VolumeSnapshot/" + name);
      }
    });
    jobs.forEach((name, job) -> {
      if (job.migration().equals(migration)) {
        left.add("Job/" + name);
      }
    });
    return left;
  }

  /** When what {@link #leftovers} names was made, if it is known. */
  @Nullable Instant made(String leftover) {
    return made.get(leftover);
  }

  /**
   * Removes what journeys make.
   *
   * @param copies names of the volumes that are the converter's and stay
   */
  void sweep(String migration, Collection<String> copies) {
    jobs.values().removeIf(job -> job.migration().equals(migration));
    dropSnapshots(migration);
    volumes
        .entrySet()
        .removeIf(e ->
            e.getValue().migration().equals(migration)
                && copies.stream().noneMatch(v -> e.getKey().endsWith("/" + v)));
  }

  Map<Integer, Snap> snapshots(MigrationSpec spec, int seal) {
    world.look("snapshots");
    var found = new TreeMap<Integer, Snap>();
    for (Disk disk : spec.source().disks()) {
      Snap snap = snaps.get(snapName(spec, disk.deviceKey(), seal));
      if (snap != null) {
        found.put(disk.deviceKey(), snap);
      }
    }
    return found;
  }

  private static String snapName(MigrationSpec spec, int deviceKey, int seal) {
    return spec.target().namespace() + "/" + VolumeNames.snapshot(spec, deviceKey, seal);
  }

  void snapshot(MigrationSpec spec, int deviceKey, int seal) {
    world.act(
        "snapshot",
        queued -> {},
        () -> {
          String name = snapName(spec, deviceKey, seal);
          Volume source = volumes.get(volumeName(spec, deviceKey, 0));
          if (snaps.containsKey(name) || source == null) {
            return;
          }
          snapped.put(name, source);
          snaps.put(name, new Snap(VolumeNames.snapshot(spec, deviceKey, seal), false, null));
          snapOwners.put(name, spec.id().value());
          made.put("VolumeSnapshot/" + name, world.now());
          world.after(
              "snapshot-ready",
              () -> snaps.computeIfPresent(name, (n, snap) -> new Snap(snap.name(), true, null)));
        });
  }

  void deleteSnapshots(MigrationSpec spec) {
    world.act("delete-snapshots", queued -> {}, () -> dropSnapshots(spec.id().value()));
  }

  private void dropSnapshots(String migration) {
    snaps.keySet().removeIf(name -> migration.equals(snapOwners.get(name)));
    snapped.keySet().removeIf(name -> migration.equals(snapOwners.get(name)));
    snapOwners.values().removeIf(migration::equals);
  }

  private static String volumeName(MigrationSpec spec, int deviceKey, int generation) {
    return spec.target().namespace() + "/" + VolumeNames.of(spec, deviceKey, generation);
  }

  Presence volume(MigrationSpec spec, int deviceKey, int generation) {
    world.look("volume");
    return volumes.containsKey(volumeName(spec, deviceKey, generation))
        ? Presence.PRESENT
        : Presence.ABSENT;
  }

  void restore(MigrationSpec spec, int deviceKey, int generation, String snapshot) {
    world.act(
        "restore",
        queued -> {},
        () -> {
          boolean before =
              IntStream.range(0, generation)
                  .anyMatch(older -> volumes.containsKey(volumeName(spec, deviceKey, older)));
          if (!before) {
            throw Trouble.refused("volume-missing", "Nothing to make again.", "Copy again.");
          }
          Volume held = snapped.get(spec.target().namespace() + "/" + snapshot);
          if (held == null) {
            throw Trouble.refused("snapshot-missing", "Nothing to restore.", "Copy again.");
          }
          volumes.putIfAbsent(
              volumeName(spec, deviceKey, generation),
              new Volume(spec.id().value(), held.writes(), held.converted(), true));
        });
  }

  void deleteOlderVolumes(MigrationSpec spec, int deviceKey, int generation) {
    world.act(
        "delete-volumes",
        queued -> {},
        () -> {
          for (int older = 0; older < generation; older++) {
            volumes.remove(volumeName(spec, deviceKey, older));
          }
        });
  }

  private static String jobName(MigrationSpec spec, int generation) {
    return spec.target().namespace() + "/" + VolumeNames.job(spec, generation);
  }

  JobSight conversion(MigrationSpec spec, int generation) {
    world.look("job");
    Job job = jobs.get(jobName(spec, generation));
    if (job == null) {
      return new JobSight(JobSight.Stage.ABSENT, "");
    }
    return new JobSight(
        job.failed()
            ? JobSight.Stage.FAILED
            : job.done() ? JobSight.Stage.SUCCEEDED : JobSight.Stage.RUNNING,
        job.failed() ? "virt-v2v-in-place: error" : "");
  }

  void convert(MigrationSpec spec, int generation) {
    world.act(
        "convert",
        queued -> {},
        () -> {
          String name = jobName(spec, generation);
          if (jobs.containsKey(name)) {
            return;
          }
          jobs.put(name, new Job(spec.id().value(), false, false));
          made.put("Job/" + name, world.now());
          world.after(
              "conversion",
              () -> {
                if (!jobs.containsKey(name)) {
                  return;
                }
                jobs.put(name, new Job(spec.id().value(), true, conversionsFail));
                for (Disk disk : spec.source().disks()) {
                  volumes.computeIfPresent(
                      volumeName(spec, disk.deviceKey(), generation),
                      (n, v) ->
                          new Volume(v.migration(), v.writes(), v.converted() + 1, v.complete()));
                }
              });
        });
  }

  void deleteConversions(MigrationSpec spec) {
    world.act(
        "delete-jobs",
        queued -> {},
        () -> jobs.values().removeIf(job -> job.migration().equals(spec.id().value())));
  }
}
