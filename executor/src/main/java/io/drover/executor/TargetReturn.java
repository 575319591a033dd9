// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.TargetLooks.name;

import io.drover.engine.Order;
import io.drover.engine.StopSignal;
import io.drover.executor.TargetVm.Sight;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The undos in the cluster: what was started, defined, converted and snapshotted goes, and is seen
 * to be gone before the source may come back.
 */
final class TargetReturn {
  private static final Duration SETTLE = Duration.ofSeconds(5);

  private final TargetVm target;
  private final TargetLooks looks;
  private final Patience patience;

  TargetReturn(TargetVm target, Patience patience) {
    this.target = target;
    this.looks = new TargetLooks(target, patience);
    this.patience = patience;
  }

  Evidence stop(Order<MigrationEffect> order, @Nullable String defined) {
    MigrationSpec spec = order.effect().spec();
    Sight seen = target.look(spec);
    String uid = seen.uid();
    if (uid != null && !ours(seen, defined)) {
      // Not our object: it was never ours to start, so it is not ours to stop. But what runs in
      // the place of ours may run on our volumes.
      if (!seen.silent()) {
        throw stranger(spec);
      }
      return new Evidence.Undone(Step.START_TARGET, "the VirtualMachine is not of this migration");
    }
    halt(order, uid);
    return new Evidence.Undone(Step.START_TARGET, "no instance, no launcher pod, halted");
  }

  /** Nothing of it runs, nor can whoever is late start it. */
  private void halt(Order<MigrationEffect> order, @Nullable String uid) {
    MigrationSpec spec = order.effect().spec();
    Supplier<@Nullable Sight> down =
        looks.when(spec, now -> now.silent() && (now.uid() == null || now.halted()));
    if (uid != null) {
      target.stop(spec, uid, order.token(), order.id());
      if (patience.until(down, spec.policy().shutdownGrace(), order.stop()) == null) {
        // KubeVirt waits for a guest that does not listen, one of Windows for an hour, and so would
        // the source. What this one wrote is given up in any case.
        target.kill(spec);
      }
    }
    if (patience.until(down, TargetLooks.START, order.stop()) == null) {
      throw lingering(spec);
    }
  }

  /** Told to go, and it does not: mostly its node is lost, and may run it all the same. */
  private Trouble lingering(MigrationSpec spec) {
    Sight seen = target.look(spec);
    var left = new ArrayList<String>();
    if (seen.instance() != null) {
      left.add("instance " + seen.instance());
    }
    seen.pods().forEach(pod -> left.add("pod " + pod));
    return Trouble.passing(
        "target-lingers",
        "VirtualMachine "
            + name(spec)
            + " was told to stop, but it is "
            + seen.status()
            + (left.isEmpty() ? "" : " and has " + String.join(", ", left))
            + ".",
        "See whether the node is lost: then cut it off, delete the pods by force, and retry. While"
            + " one of them may run, the source stays down.");
  }

  /** Whether it is what this journey made, also where somebody took its annotations off. */
  private static boolean ours(Sight seen, @Nullable String defined) {
    return seen.ours() || (defined != null && defined.equals(seen.uid()));
  }

  private static Trouble stranger(MigrationSpec spec) {
    return Trouble.unknown(
        "target-is-another",
        "VirtualMachine "
            + name(spec)
            + " runs, but is not the one that was defined: the source would come back beside it.",
        "Find out who put it there, stop it, and retry.");
  }

  Evidence delete(Order<MigrationEffect> order, @Nullable String defined) {
    MigrationSpec spec = order.effect().spec();
    Sight seen = target.look(spec);
    String uid = seen.uid();
    if (uid == null) {
      // A try before this one may have deleted it, and its launcher runs on for a while.
      looks.need(
          looks.when(spec, Sight::silent),
          TargetLooks.START,
          order.stop(),
          "no instance and no launcher pod of " + name(spec));
    } else if (ours(seen, defined)) {
      // Somebody may have started it since it was last stopped, or before it ever was.
      halt(order, uid);
      target.delete(spec, uid);
      looks.need(
          // Started between the halt and this, it may outlive its object for a while, also where
          // another of its name has taken its place.
          looks.when(spec, now -> !uid.equals(now.uid()) && now.silent()),
          TargetLooks.SOON,
          order.stop(),
          "VirtualMachine " + name(spec) + " gone");
    } else if (defined != null && !seen.silent()) {
      // Ours is gone, and what was made in its place may run on our volumes.
      throw stranger(spec);
    }
    return new Evidence.Undone(Step.DEFINE_TARGET, "no VirtualMachine of this migration");
  }

  Evidence sweep(MigrationSpec spec, StopSignal stop) {
    swept(spec, stop);
    // A request whose answer was given up on may land late: nobody looks after this.
    patience.pause(SETTLE, stop);
    swept(spec, stop);
    return new Evidence.Undone(Step.PREFLIGHT, "nothing of this migration is left");
  }

  private void swept(MigrationSpec spec, StopSignal stop) {
    if (!target.remains(spec).isEmpty()) {
      target.sweep(spec);
    }
    looks.need(
        () -> target.remains(spec).isEmpty() ? Boolean.TRUE : null,
        TargetLooks.SOON,
        stop,
        "objects of migration " + spec.id() + " gone");
  }

  Evidence unconvert(MigrationSpec spec, StopSignal stop) {
    target.deleteConversions(spec);
    looks.noConversions(spec, stop);
    return new Evidence.Undone(Step.CONVERT_GUEST, "no conversion Job runs or is left");
  }

  Evidence unsnapshot(MigrationSpec spec, StopSignal stop) {
    target.deleteSnapshots(spec);
    looks.noSnapshots(spec, stop);
    return new Evidence.Undone(Step.SNAPSHOT_TARGET, "no snapshot of ours is left");
  }
}
