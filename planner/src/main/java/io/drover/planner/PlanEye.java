// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Eye;
import io.drover.engine.StopSignal;
import io.drover.schemas.Drift;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.PlanMessage.EstateLooked;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds every plan that stands against the inventory again and again, and says what of it is not as
 * the plan took it to be.
 */
public final class PlanEye implements Eye<PlanMessage> {
  /** Drifts that are named; the rest is counted. */
  static final int MOST = 50;

  /** Looks after which what was said is said once more: the brain may have been busy. */
  private static final int SAID_AGAIN = 20;

  private final StandingPlans plans;
  private final InventoryView view;
  private final Duration pause;

  /**
   * @param pause between two looks
   */
  public PlanEye(StandingPlans plans, InventoryView view, Duration pause) {
    this.plans = plans;
    this.view = view;
    this.pause = pause;
  }

  @Override
  public String name() {
    return "plans";
  }

  @Override
  public void look(Sight<PlanMessage> sight, StopSignal stop) throws InterruptedException {
    var last = new HashMap<PlanId, EstateLooked>();
    var said = new HashMap<PlanId, EstateLooked>();
    for (int look = 1; !stop.raised(); look++) {
      if (look % SAID_AGAIN == 0) {
        said.clear();
      }
      once(last, said, sight, stop);
      pause(stop);
    }
  }

  /**
   * One look; says what is new of it and was so at the last look already: what comes and goes again
   * at once, as a snapshot of a backup, is no reason to plan again.
   */
  void once(
      Map<PlanId, EstateLooked> last,
      Map<PlanId, EstateLooked> said,
      Sight<PlanMessage> sight,
      StopSignal stop)
      throws InterruptedException {
    List<StandingPlans.Plan> standing = plans.now();
    if (standing.isEmpty()) {
      return;
    }
    InventoryView.Snapshot seen = view.snapshot();
    for (StandingPlans.Plan plan : standing) {
      stop.check();
      List<Drift> drifts = Drifting.of(plan, seen);
      var look =
          new EstateLooked(
              plan.id(),
              plan.version(),
              drifts.stream().limit(MOST).toList(),
              Math.max(0, drifts.size() - MOST));
      boolean settled = look.equals(last.put(plan.id(), look));
      if (settled && !look.equals(said.put(plan.id(), look))) {
        sight.seen(plan.id().value(), look);
      }
    }
  }

  private void pause(StopSignal stop) throws InterruptedException {
    long end = System.nanoTime() + pause.toNanos();
    while (!stop.raised() && System.nanoTime() < end) {
      Thread.sleep(Math.min(200, Math.max(1, pause.toMillis())));
    }
  }
}
