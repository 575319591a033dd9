// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.executor.TargetVm;
import io.drover.executor.Trouble;
import io.drover.executor.VolumeNames;
import io.drover.schemas.EffectId;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Token;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as far as a journey can tell: objects with uid and resource version that the server
 * compares, instances that come and go after their machine was told, volumes, snapshots, Jobs.
 */
public final class ModelTargetVm implements TargetVm {
  private final World world;
  private final ModelStorage storage;
  private final Map<String, Machine> machines = new TreeMap<>();

  /** When each machine was made. */
  private final Map<String, Instant> made = new HashMap<>();

  private int uids;
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

    /** Whether its guest does not listen when it is asked to shut down. */
    private boolean deaf;

    /** What was written on its source, if it was asked for. */
    private String note = "";

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

    /** What was written on its source, empty where it was not asked for. */
    public String note() {
      return note;
    }

    /** Names of its volumes, {@code namespace/name}. */
    public List<String> claims() {
      return claims;
    }
  }

  public ModelTargetVm(World world) {
    this.world = world;
    this.storage = new ModelStorage(world);
  }

  /** Its volumes, snapshots and conversion Jobs. */
  public ModelStorage storage() {
    return storage;
  }

  /** A defect for tests of the checkers: a start makes its machine anew where it is gone. */
  public void startsByApply() {
    startsByApply = true;
  }

  /** The guest of this migration's target does not listen any more. */
  public void deafen(MigrationSpec spec) {
    Machine m = machine(spec);
    if (m != null) {
      m.deaf = true;
    }
  }

  /** All machines, also those whose object is gone but whose instance still lives. */
  public List<Machine> machines() {
    return List.copyOf(machines.values());
  }

  /** Everything that this migration made in the cluster and that is left. */
  public List<String> leftovers(String migration) {
    var left = new ArrayList<String>();
    machines.forEach((name, m) -> {
      if (m.migration.equals(migration)) {
        left.add("VirtualMachine/" + name);
      }
    });
    left.addAll(storage.leftovers(migration));
    return left;
  }

  /** When what {@link #leftovers} names was made, if it is known. */
  public @Nullable Instant made(String leftover) {
    return leftover.startsWith("VirtualMachine/") ? made.get(leftover) : storage.made(leftover);
  }

  private static String key(MigrationSpec spec) {
    return spec.target().namespace() + "/" + spec.target().name();
  }

  private @Nullable Machine machine(MigrationSpec spec) {
    return machines.get(key(spec));
  }

  @Override
  public List<String> preflight(MigrationSpec spec, String note) {
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
  public void define(MigrationSpec spec, int generation, String note, Token token) {
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
            if (storage.volume(name) == null) {
              throw Trouble.refused("volume-missing", name + " does not exist.", "Copy again.");
            }
            claims.add(name);
          }
          var defined = new Machine("uid-" + ++uids, spec.id().value(), claims);
          defined.note = note;
          machines.put(key(spec), defined);
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
    } else if ((m.halted || m.deleted) && m.instance && !m.deaf) {
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
  public void kill(MigrationSpec spec) {
    world.act(
        "kill",
        queued -> {},
        () -> {
          Machine m = machine(spec);
          if (m != null && m.pod) {
            int boot = m.boots;
            world.trace(m.uid + " told to end");
            // The kubelet takes its time: until then it runs and its pod is there, terminating.
            world.after(
                "pod-killed",
                () -> {
                  if (m.pod && m.boots == boot) {
                    m.running = false;
                    m.instance = false;
                    m.pod = false;
                    world.trace(m.uid + " killed");
                    reconcile(m);
                  }
                });
          }
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
    return storage.snapshots(spec, seal);
  }

  @Override
  public boolean canSnapshot(MigrationSpec spec) {
    return true;
  }

  @Override
  public void snapshot(MigrationSpec spec, int deviceKey, int seal) {
    storage.snapshot(spec, deviceKey, seal);
  }

  @Override
  public void deleteSnapshots(MigrationSpec spec) {
    storage.deleteSnapshots(spec);
  }

  @Override
  public Presence volume(MigrationSpec spec, int deviceKey, int generation) {
    return storage.volume(spec, deviceKey, generation);
  }

  @Override
  public void restore(MigrationSpec spec, int deviceKey, int generation, String snapshot) {
    storage.restore(spec, deviceKey, generation, snapshot);
  }

  @Override
  public void deleteOlderVolumes(MigrationSpec spec, int deviceKey, int generation) {
    storage.deleteOlderVolumes(spec, deviceKey, generation);
  }

  @Override
  public JobSight conversion(MigrationSpec spec, int generation) {
    return storage.conversion(spec, generation);
  }

  @Override
  public void convert(MigrationSpec spec, int generation) {
    storage.convert(spec, generation);
  }

  @Override
  public void deleteConversions(MigrationSpec spec) {
    storage.deleteConversions(spec);
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
          storage.sweep(id, VolumeNames.all(spec, 0).values());
        });
  }
}
