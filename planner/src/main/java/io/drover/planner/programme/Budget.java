// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Durations.Estimate;
import io.drover.schemas.Inventory;
import io.drover.schemas.Transfer;
import io.drover.schemas.Way;
import java.util.function.Supplier;

/** Says what to do about an outage that is forecast to take longer than people accept. */
final class Budget {
  private Budget() {}

  /**
   * What to do, in sentences.
   *
   * @param warm what it would take if it moved warm
   */
  static String remedy(
      Inventory.Vm vm,
      int budget,
      Way way,
      Transfer transfer,
      Estimate estimate,
      Supplier<Estimate> warm) {
    return "Give it a downtime of "
        + Why.count((estimate.cutoverSeconds() + 59) / 60, "minute")
        + " or more"
        + warm(vm, budget, way, transfer, estimate, warm)
        + ", or shorten what takes longest: of its outage, "
        + parts(estimate)
        + ".";
  }

  private static String warm(
      Inventory.Vm vm,
      int budget,
      Way way,
      Transfer transfer,
      Estimate cold,
      Supplier<Estimate> warm) {
    if (way == Way.WARM
        || vm.power() != Inventory.Power.ON
        || !vm.changeTracking().supported()
        || !vm.snapshots().isEmpty()) {
      return "";
    }
    int seconds = warm.get().cutoverSeconds();
    if (seconds >= cold.cutoverSeconds()) {
      return "";
    }
    return ", or move it warm"
        + (transfer == Transfer.STREAM ? " (which needs the transfer vddk)" : "")
        + ": that is forecast at "
        + Why.span(seconds)
        + (seconds > budget ? " (still too long)" : "");
  }

  private static String parts(Estimate estimate) {
    int boot =
        estimate.cutoverSeconds()
            - estimate.shutdownSeconds()
            - estimate.transferSeconds()
            - estimate.convertSeconds();
    return "the shutdown takes "
        + Why.span(estimate.shutdownSeconds())
        + ", the copy "
        + Why.span(estimate.transferSeconds())
        + (estimate.convertSeconds() == 0
            ? ""
            : ", the guest conversion " + Why.span(estimate.convertSeconds()))
        + ", the start "
        + Why.span(boot);
  }
}
