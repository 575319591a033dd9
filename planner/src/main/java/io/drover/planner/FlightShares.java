// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.PlanState.Wave;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Shares what a wave may have in flight out to the vCenters that its VMs are of: each gets as much
 * as any other, but none more than it has journeys that have not ended. As journeys end, the share
 * of a vCenter that still has more only grows, and no share is lent before it is free: so all of
 * them together never have more in flight than the wave may.
 */
final class FlightShares {
  private FlightShares() {}

  /** The shares, by vCenter instance UUID; 0 = none yet. */
  static Map<String, Integer> of(Wave wave) {
    var live = new TreeMap<String, Integer>();
    wave.live().forEach(spec -> live.merge(spec.vm().vcenter(), 1, Integer::sum));
    var shares = new TreeMap<String, Integer>();
    live.keySet().forEach(vcenter -> shares.put(vcenter, 0));
    // Dealt one by one, in turns, to those that have use for more.
    List<String> open = new ArrayList<>(live.keySet());
    int left = Math.max(1, wave.maxInFlight());
    while (left > 0 && !open.isEmpty()) {
      for (String vcenter : open.subList(0, Math.min(left, open.size()))) {
        shares.merge(vcenter, 1, Integer::sum);
      }
      left -= open.size();
      open.removeIf(vcenter -> Objects.equals(shares.get(vcenter), live.get(vcenter)));
    }
    return shares;
  }

  /** Those of {@code now} that are larger than before. */
  static Map<String, Integer> grown(Wave before, Wave now) {
    Map<String, Integer> was = of(before);
    var grown = new TreeMap<>(of(now));
    grown.entrySet().removeIf(e -> e.getValue() <= was.getOrDefault(e.getKey(), 0));
    return grown;
  }
}
