// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.executor.TargetVm;
import io.drover.executor.Trouble;
import io.drover.executor.VolumeNames;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory.Disk;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Token;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as far as a journey can tell: objects with uid and resource version that the server
 * compares, instances that come and go after their machine was told, volumes, snapshots, Jobs.
 */
public final class ModelTargetVm implements TargetVm {
  private final World world;
  private final Map<String, Machine> machines = new TreeMap<>();

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
  private int uids;
  private boolean conversionsFail;
  private boolean startsByApply;

  /** A VirtualMachine of the model and its instance, if one lives. */
  public static final class Machine {
    private final String uid;
    private final String migration;
    private final List<String> claims;
    private int version = 1;
    private long token;
    private String stop = "";
    private boolean halted = true;
    private boolean instance;
    private int boots;
    private boolean running;
    private boolean pod;
    private boolean deleted;

    private Machine(String uid, String migration, List<String> claims) {
      this.uid = uid;
      this.migration = migration;
      this.claims = claims;
    }

    /** Whether something of it may run or write. */
    public boolean alive() {
      return instance || pod;
    }

    /** Whether its instance runs. */
    public boolean running() {
      return running;
    }

    /** The migration that made it. */
    public String migration() {
      return migration;
    }

    /** Names of its volumes, {@code namespace/name}. */
    public List<String> claims() {
      return claims;
    }
  }

  /**
   * A volume: what of the source it holds.
   *
   * @param converted how often a guest conversion wrote to it
   * @param complete whether it took its last checkpoint
   */
  public record Volume(String migration, long writes, int converted, boolean complete) {}

  private record Job(String migration, boolean done, boolean failed) {}

  public ModelTargetVm(World world) {
    this.world = world;
  }

  /** A defect for tests of the checkers: a start makes its machine anew where it is gone. */
  public void startsByApply() {
    startsByApply = true;
  }

  /** From now on guest conversions fail, or succeed again. */
  public void conversionsFail(boolean fail) {
    conversionsFail = fail;
  }

  /** All machines, also those whose object is gone but whose instance still lives. */
  public List<Machine> machines() {
    return List.copyOf(machines.values());
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

  /** Everything that this migration made in the cluster and that is left. */
  public List<String> leftovers(String migration) {
    var left = new ArrayList<String>();
    machines.forEach((name, m) -> {
      if (m.migration.equals(migration)) {
        left.add("VirtualMachine/" + name);
      }
    });
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
  public @Nullable Instant made(String leftover) {
    return made.get(leftover);
  }

  private static String key(MigrationSpec spec) {
    return spec.target().namespace() + "/" + spec.target().name();
  }

  private @Nullable Machine machine(MigrationSpec spec) {
    return machines.get(key(spec));
  }

  @Override
  public List<String> preflight(MigrationSpec spec) {
    world.look("preflight");
    Machine there = machine(spec);
    if (there != null && !there.deleted) {
      throw Trouble.refused(
          "target-name-taken", key(spec) + " exists already.", "Choose another name.");
    }
    return List.of("model");
  }

  @Override
  public Sight look(MigrationSpec spec) {
    world.look("look-target");
    Machine m = machine(spec);
    if (m == null) {
      return new Sight(null, null, false, true, null, false, List.of(), 0, "absent");
    }
    return new Sight(
        m.deleted ? null : m.uid,
        m.deleted ? null : "r" + m.version,
        !m.deleted && m.migration.equals(spec.id().value()),
        m.deleted || m.halted,
        m.instance ? m.uid + "/" + m.boots : null,
        m.running,
        m.pod ? List.of("virt-launcher-" + m.uid) : List.of(),
        m.token,
        m.running ? "Running" : "Stopped");
  }

  @Override
  public void define(MigrationSpec spec, int generation, Token token) {
    world.act(
        "define",
        queued -> {},
        () -> {
          if (machine(spec) != null) {
            return; // 409: one of this name exists.
          }
          var claims = new ArrayList<String>();
          for (String claim : VolumeNames.all(spec, generation).values()) {
            String name = spec.target().namespace() + "/" + claim;
            if (!volumes.containsKey(name)) {
              throw Trouble.refused("volume-missing", name + " does not exist.", "Copy again.");
            }
            claims.add(name);
          }
          machines.put(key(spec), new Machine("uid-" + ++uids, spec.id().value(), claims));
          made.put("VirtualMachine/" + key(spec), world.now());
          world.trace(key(spec) + " defined");
        });
  }

  @Override
  public void start(MigrationSpec spec, String uid, String resourceVersion, Token token) {
    world.act(
        "start",
        queued -> {},
        () -> {
          Machine m = machine(spec);
          if (startsByApply && (m == null || m.deleted)) {
            Machine anew = new Machine(uid, spec.id().value(), List.of());
            machines.put(key(spec), anew);
            anew.halted = false;
            reconcile(anew);
            return;
          }
          if (m == null || m.deleted) {
            throw Trouble.refused("target-gone", key(spec) + " is gone.", "Go back.");
          }
          if (!m.uid.equals(uid) || !resourceVersion.equals("r" + m.version)) {
            throw changed(spec);
          }
          m.version++;
          m.token = token.value();
          m.halted = false;
          world.trace(key(spec) + " told to run");
          world.after("instance-starts", () -> reconcile(m));
        });
  }

  /** What KubeVirt's controller makes of what the machine says, whenever it gets to it. */
  private void reconcile(Machine m) {
    if (!m.halted && !m.deleted && !m.instance) {
      m.pod = true;
      m.instance = true;
      m.boots++;
      m.running = true;
      world.trace(m.uid + " runs");
    } else if ((m.halted || m.deleted) && m.instance) {
      m.running = false;
      m.instance = false;
      world.after(
          "pod-ends",
          () -> {
            if (!m.instance) {
              m.pod = false;
              world.trace(m.uid + " is down");
              machines.values().removeIf(gone -> gone == m && gone.deleted);
            }
          });
    } else if (m.deleted && !m.pod) {
      machines.values().removeIf(gone -> gone == m);
    }
  }

  @Override
  public void stop(MigrationSpec spec, String uid, Token token, EffectId stop) {
    world.act(
        "stop",
        queued -> {},
        () -> {
          Machine m = machine(spec);
          if (m == null || m.deleted) {
            return;
          }
          if (!m.uid.equals(uid)) {
            throw changed(spec);
          }
          // A patch that changes nothing leaves the resource version as it is.
          if (!m.halted || m.token != token.value() || !m.stop.equals(stop.value())) {
            m.version++;
          }
          m.token = token.value();
          m.stop = stop.value();
          m.halted = true;
          world.trace(key(spec) + " told to halt");
          world.after("instance-stops", () -> reconcile(m));
        });
  }

  @Override
  public void delete(MigrationSpec spec, String uid) {
    world.act(
        "delete",
        queued -> {},
        () -> {
          Machine m = machine(spec);
          if (m != null && m.uid.equals(uid)) {
            m.deleted = true;
            world.trace(key(spec) + " deleted");
            reconcile(m);
          }
        });
  }

  private static Trouble changed(MigrationSpec spec) {
    return Trouble.passing(
        "target-changed-meanwhile", key(spec) + " is not as it was seen.", "Look again.");
  }

  @Override
  public List<Rung> health(MigrationSpec spec, String uid) {
    world.look("health");
    Machine m = machine(spec);
    if (m == null || m.deleted || !m.uid.equals(uid)) {
      return List.of(
          new Rung("virtual-machine", Holds.NEVER, "the VirtualMachine is not the one defined"));
    }
    boolean up = m.running;
    return List.of(
        new Rung("instance-ready", up ? Holds.YES : Holds.NOT_YET, up ? "runs" : "down"));
  }

  @Override
  public LossBound loss(MigrationSpec spec) {
    world.look("loss");
    return LossBound.targetWrites(1 << 20);
  }

  @Override
  public Map<Integer, Snap> snapshots(MigrationSpec spec, int seal) {
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

  @Override
  public boolean canSnapshot(MigrationSpec spec) {
    return true;
  }

  @Override
  public void snapshot(MigrationSpec spec, int deviceKey, int seal) {
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

  @Override
  public void deleteSnapshots(MigrationSpec spec) {
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

  @Override
  public Presence volume(MigrationSpec spec, int deviceKey, int generation) {
    world.look("volume");
    return volumes.containsKey(volumeName(spec, deviceKey, generation))
        ? Presence.PRESENT
        : Presence.ABSENT;
  }

  @Override
  public void restore(MigrationSpec spec, int deviceKey, int generation, String snapshot) {
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

  @Override
  public void deleteOlderVolumes(MigrationSpec spec, int deviceKey, int generation) {
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

  @Override
  public JobSight conversion(MigrationSpec spec, int generation) {
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

  @Override
  public void convert(MigrationSpec spec, int generation) {
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

  @Override
  public void deleteConversions(MigrationSpec spec) {
    world.act(
        "delete-jobs",
        queued -> {},
        () -> jobs.values().removeIf(job -> job.migration().equals(spec.id().value())));
  }

  /** As in the real cluster, copies are the converter's: only what journeys make is listed. */
  @Override
  public List<String> remains(MigrationSpec spec) {
    world.look("remains");
    var first = VolumeNames.all(spec, 0).values();
    return leftovers(spec.id().value()).stream()
        .filter(name ->
            !name.startsWith("PersistentVolumeClaim/")
                || first.stream().noneMatch(v -> name.endsWith("/" + v)))
        .toList();
  }

  @Override
  public void sweep(MigrationSpec spec) {
    world.act(
        "sweep",
        queued -> {},
        () -> {
          String id = spec.id().value();
          Machine m = machine(spec);
          if (m != null && m.migration.equals(id)) {
            m.deleted = true;
            reconcile(m);
          }
          jobs.values().removeIf(job -> job.migration().equals(id));
          dropSnapshots(id);
          var first = VolumeNames.all(spec, 0).values();
          volumes
              .entrySet()
              .removeIf(e ->
                  e.getValue().migration().equals(id)
                      && first.stream().noneMatch(v -> e.getKey().endsWith("/" + v)));
        });
  }
}
