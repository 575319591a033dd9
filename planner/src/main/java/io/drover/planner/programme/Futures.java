// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.forecast.Ceilings;
import io.drover.planner.forecast.Forecast;
import io.drover.schemas.Inventory;
import java.util.HashMap;

/** Forecasts of a programme, wave by wave. */
public final class Futures {
  private Futures() {}

  /** What becomes of its waves when durations are not as planned. */
  public static Forecast of(Programme programme, int samples) {
    int machines = programme.machines().size();
    int[] waveOf = new int[machines];
    programme
        .waves()
        .forEach(wave -> wave.machines().forEach(m -> waveOf[m] = programme.index(wave)));
    var hosts = new HashMap<String, Integer>();
    int[] hostOf = new int[machines];
    for (int m = 0; m < machines; m++) {
      Inventory.Vm vm = programme.machines().get(m).vm();
      hostOf[m] =
          hosts.computeIfAbsent(Ceilings.at(vm.vm(), vm.placement().host()), h -> hosts.size());
    }
    return Forecast.of(
        programme.problem(),
        programme.solved().schedule(),
        waveOf,
        hostOf,
        programme.options().rates().spread(),
        samples,
        programme.options().seed());
  }
}
