// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.StopSignal;
import io.drover.executor.TargetVm.Sight;
import io.drover.schemas.MigrationSpec;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How the effects in the cluster wait for what they ask for, and name what they wait for. */
final class TargetLooks {
  /** How long what a controller does at once may take. */
  static final Duration SOON = Duration.ofMinutes(2);

  /** How long a machine may take to start, or to end once it is killed. */
  static final Duration START = Duration.ofMinutes(5);

  private final TargetVm target;
  private final Patience patience;

  TargetLooks(TargetVm target, Patience patience) {
    this.target = target;
    this.patience = patience;
  }

  static String name(MigrationSpec spec) {
    return spec.target().namespace() + "/" + spec.target().name();
  }

  /** A look that gives the target once it is so. */
  Supplier<@Nullable Sight> when(MigrationSpec spec, Predicate<Sight> so) {
    return () -> {
      Sight now = target.look(spec);
      return so.test(now) ? now : null;
    };
  }

  /** What {@code look} gives as soon as it gives something. */
  <T> T need(Supplier<@Nullable T> look, Duration budget, StopSignal stop, String what) {
    T seen = patience.until(look, budget, stop);
    if (seen == null) {
      throw Trouble.passing(
          "target-not-observed",
          "Waited " + budget.toSeconds() + " s for " + what + ", but it is not seen.",
          "Look at the events of the objects in the namespace.");
    }
    return seen;
  }

  /** No volume snapshot of the journey is left. */
  void noSnapshots(MigrationSpec spec, StopSignal stop) {
    none(spec, stop, o -> o.startsWith("VolumeSnapshot/"), "volume snapshots");
  }

  /** No conversion Job of the journey, nor a pod of one, is left. */
  void noConversions(MigrationSpec spec, StopSignal stop) {
    none(spec, stop, o -> o.startsWith("Job/") || o.startsWith("Pod/"), "conversion Jobs");
  }

  private void none(MigrationSpec spec, StopSignal stop, Predicate<String> which, String what) {
    var _ =
        need(
            () -> target.remains(spec).stream().noneMatch(which) ? Boolean.TRUE : null,
            SOON,
            stop,
            what + " of " + name(spec) + " gone");
  }
}
