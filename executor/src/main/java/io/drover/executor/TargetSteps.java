// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.TargetLooks.name;

import io.drover.engine.StopSignal;
import io.drover.executor.MigrationEffect.EnsureGuestConverted;
import io.drover.executor.MigrationEffect.EnsureSoakWatched;
import io.drover.executor.MigrationEffect.EnsureTargetDefined;
import io.drover.executor.MigrationEffect.EnsureTargetHealthy;
import io.drover.executor.MigrationEffect.EnsureTargetSnapshotted;
import io.drover.executor.MigrationEffect.EnsureTargetStarted;
import io.drover.executor.TargetVm.Holds;
import io.drover.executor.TargetVm.JobSight;
import io.drover.executor.TargetVm.Presence;
import io.drover.executor.TargetVm.Rung;
import io.drover.executor.TargetVm.Sight;
import io.drover.executor.TargetVm.Snap;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The effects in the cluster on the way forward, each by the protocol: look, act under a guard,
 * look until it is so.
 */
final class TargetSteps {
  private static final Duration SNAPSHOT = Duration.ofMinutes(10);
  private static final Duration CONVERSION = Duration.ofHours(2);

  private final TargetVm target;
  private final TargetLooks looks;
  private final Patience patience;

  TargetSteps(TargetVm target, Patience patience) {
    this.target = target;
    this.looks = new TargetLooks(target, patience);
    this.patience = patience;
  }

  Evidence snapshot(EnsureTargetSnapshotted effect, Evidence.SourceState sealed, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    int seal = effect.seal();
    if (!target.canSnapshot(spec)) {
      if (GuestConversion.needed(spec)) {
        throw Trouble.refused(
            "no-snapshots",
            "The storage of " + name(spec) + " makes no snapshots, but its guest is converted.",
            "Choose a storage class with a VolumeSnapshotClass, or compatibility devices.");
      }
      return new Evidence.TargetSnapshotted(Map.of(), sealed);
    }
    for (Inventory.Disk disk : spec.source().disks()) {
      stop.check();
      if (!target.snapshots(spec, seal).containsKey(disk.deviceKey())) {
        target.snapshot(spec, disk.deviceKey(), seal);
      }
    }
    Map<Integer, Snap> ready =
        looks.need(
            () -> {
              Map<Integer, Snap> seen = target.snapshots(spec, seal);
              for (Snap snap : seen.values()) {
                if (snap.error() != null) {
                  throw Trouble.passing(
                      "snapshot-failed",
                      "VolumeSnapshot " + snap.name() + " failed: " + snap.error() + ".",
                      "Look at the events of the snapshot and at its driver.");
                }
              }
              boolean all =
                  spec.source().disks().stream()
                      .allMatch(d -> {
                        Snap snap = seen.get(d.deviceKey());
                        return snap != null && snap.ready();
                      });
              return all ? seen : null;
            },
            SNAPSHOT,
            stop,
            "volume snapshots of " + name(spec) + " ready");
    var names = new TreeMap<Integer, String>();
    ready.forEach((key, snap) -> names.put(key, snap.name()));
    return new Evidence.TargetSnapshotted(names, sealed);
  }

  Evidence convert(EnsureGuestConverted effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    int generation = effect.generation();
    JobSight before = target.conversion(spec, generation);
    if (generation > 0 && before.stage() == JobSight.Stage.ABSENT) {
      restore(effect, stop);
    }
    if (before.stage() == JobSight.Stage.ABSENT) {
      stop.check();
      target.convert(spec, generation);
    }
    JobSight done =
        looks.need(
            () -> {
              JobSight seen = target.conversion(spec, generation);
              return switch (seen.stage()) {
                case SUCCEEDED -> seen;
                case RUNNING -> null;
                case FAILED ->
                    throw Trouble.passing(
                        "conversion-failed",
                        "The guest conversion of " + name(spec) + " failed: " + seen.said() + ".",
                        "Read the log of Job "
                            + VolumeNames.job(spec, generation)
                            + ", or choose compatibility devices.");
                case ABSENT ->
                    throw Trouble.passing(
                        "conversion-gone",
                        "Job " + VolumeNames.job(spec, generation) + " is gone.",
                        "Find out who deleted it.");
              };
            },
            CONVERSION,
            stop,
            "Job " + VolumeNames.job(spec, generation) + " done");
    return new Evidence.GuestConverted(
        done.stage() == JobSight.Stage.SUCCEEDED ? VolumeNames.job(spec, generation) : null);
  }

  /** Back to C5: new volumes from the snapshots, the spoiled ones away. */
  private void restore(EnsureGuestConverted effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    // A Job of an earlier generation must not write while its volumes are replaced.
    target.deleteConversions(spec);
    for (Inventory.Disk disk : spec.source().disks()) {
      int key = disk.deviceKey();
      String snapshot = effect.snapshots().get(key);
      if (snapshot == null) {
        throw Trouble.refused(
            "no-snapshot",
            "There is no snapshot of disk " + disk.label() + " of " + name(spec) + ".",
            "Roll back and copy again.");
      }
      stop.check();
      if (target.volume(spec, key, effect.generation()) == Presence.ABSENT) {
        target.restore(spec, key, effect.generation(), snapshot);
      }
    }
    for (Inventory.Disk disk : spec.source().disks()) {
      looks.need(
          () ->
              target.volume(spec, disk.deviceKey(), effect.generation()) == Presence.PRESENT
                  ? Boolean.TRUE
                  : null,
          SNAPSHOT,
          stop,
          "volume " + VolumeNames.of(spec, disk.deviceKey(), effect.generation()));
      target.deleteOlderVolumes(spec, disk.deviceKey(), effect.generation());
    }
  }

  Evidence define(EnsureTargetDefined effect, String note, Token token, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Sight seen = target.look(spec);
    if (seen.uid() == null) {
      stop.check();
      target.define(spec, effect.generation(), note, token);
    }
    seen =
        looks.need(
            looks.when(spec, now -> now.uid() != null),
            TargetLooks.SOON,
            stop,
            "VirtualMachine " + name(spec));
    if (!seen.ours()) {
      throw taken(spec);
    }
    if (!seen.halted() || !seen.silent()) {
      throw Trouble.refused(
          "target-not-halted",
          "VirtualMachine " + name(spec) + " runs before it was started.",
          "Find out who started it; the journey goes back.");
    }
    String uid = seen.uid();
    return new Evidence.TargetDefined(uid == null ? "" : uid);
  }

  private static Trouble taken(MigrationSpec spec) {
    return Trouble.refused(
        "target-name-taken",
        "VirtualMachine " + name(spec) + " exists and is not of this migration.",
        "Choose another target name, or remove it.");
  }

  Evidence start(EnsureTargetStarted effect, Token token, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Sight seen = target.look(spec);
    if (!effect.uid().equals(seen.uid()) || !seen.ours()) {
      throw Trouble.refused(
          "target-is-another",
          "VirtualMachine " + name(spec) + " is not the one that was defined.",
          "Find out who replaced it; the journey goes back.");
    }
    if (seen.token() > token.value()) {
      throw Trouble.refused(
          "owner-replaced",
          "Another owner has written to VirtualMachine " + name(spec) + " since.",
          "Nothing to do: that owner goes on.");
    }
    String version = seen.resourceVersion();
    if (seen.halted() && version != null) {
      stop.check();
      target.start(spec, effect.uid(), version, token);
    }
    Sight running = patience.until(looks.when(spec, Sight::running), TargetLooks.START, stop);
    if (running == null) {
      throw Trouble.passing(
          "target-not-observed",
          "Waited "
              + TargetLooks.START.toSeconds()
              + " s for "
              + name(spec)
              + " running, but it is "
              + target.look(spec).status()
              + ".",
          "Look at the events of the objects in the namespace.");
    }
    return new Evidence.TargetStarted(effect.uid(), patience.now(), running.instance());
  }

  Evidence healthy(EnsureTargetHealthy effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    List<Rung> climbed =
        patience.until(
            () -> {
              List<Rung> rungs = target.health(spec, effect.uid());
              for (Rung rung : rungs) {
                if (rung.holds() == Holds.NEVER) {
                  throw unhealthy(spec, rung);
                }
              }
              return rungs.stream().allMatch(r -> r.holds() == Holds.YES) ? rungs : null;
            },
            spec.policy().bootBudget(),
            stop);
    if (climbed == null) {
      Rung missing =
          target.health(spec, effect.uid()).stream()
              .filter(r -> r.holds() != Holds.YES)
              .findFirst()
              .orElseThrow(() ->
                  Trouble.passing(
                      "target-late",
                      name(spec) + " became healthy only after its boot budget.",
                      "Retry, or allow a longer boot budget."));
      throw unhealthy(spec, missing);
    }
    return new Evidence.TargetHealthy(
        climbed.stream().map(r -> r.name() + ": " + r.observed()).toList(), patience.now());
  }

  private static Trouble unhealthy(MigrationSpec spec, Rung rung) {
    return Trouble.refused(
        "target-unhealthy",
        name(spec)
            + " did not become healthy within "
            + spec.policy().bootBudget().toSeconds()
            + " s: "
            + rung.name()
            + ", "
            + rung.observed()
            + ".",
        "Find out why in the guest before it moves again.");
  }

  /** One look at a soaking target. What it wrote is read whether or not it is as well as it was. */
  Evidence watch(EnsureSoakWatched effect) {
    MigrationSpec spec = effect.spec();
    Sight seen = target.look(spec);
    if (!effect.uid().equals(seen.uid()) || !seen.running()) {
      throw Trouble.refused(
          "target-not-running",
          "VirtualMachine " + name(spec) + " does not run: " + seen.status() + ".",
          "Start it, or roll back.");
    }
    LossBound loss = target.loss(spec);
    // The reading may be of whatever took the place of what was seen.
    String instance = seen.instance();
    boolean same = instance != null && instance.equals(target.look(spec).instance());
    return new Evidence.LossMeasured(same ? loss : LossBound.UNKNOWN, instance, ailing(effect));
  }

  /** The first rung that held when the soak began and holds no more; null where all do. */
  private @Nullable Problem ailing(EnsureSoakWatched effect) {
    return target.health(effect.spec(), effect.uid()).stream()
        .filter(rung -> rung.holds() != Holds.YES)
        .filter(
            rung -> effect.rungs().stream().anyMatch(held -> held.startsWith(rung.name() + ":")))
        .findFirst()
        .map(rung ->
            Trouble.passing(
                    "target-ailing",
                    name(effect.spec())
                        + " is not as healthy as when its soak began: "
                        + rung.name()
                        + ", "
                        + rung.observed()
                        + ".",
                    "Look at it and at its node, or roll back.")
                .problem())
        .orElse(null);
  }

  Evidence commit(MigrationSpec spec, StopSignal stop) {
    target.deleteConversions(spec);
    target.deleteSnapshots(spec);
    looks.noSnapshots(spec, stop);
    looks.noConversions(spec, stop);
    return new Evidence.Committed();
  }
}
