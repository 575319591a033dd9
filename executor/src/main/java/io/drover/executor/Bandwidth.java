// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.executor.DispatchState.Claim;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Slot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shares the caps of a vCenter and of its hosts out to the copies that hold a slot, by their disks.
 * The number of disks is rounded up to a step, so that one copy that ends and one that begins
 * change nobody's share; the shares of all together are never more than the cap, and never less
 * than two thirds of it.
 */
final class Bandwidth {
  private Bandwidth() {}

  /** Bytes a second of each copy that holds a slot, 0 = no cap; in the order of the claims. */
  static Map<MigrationId, Long> shares(Limits limits, List<Claim> given) {
    var copies = given.stream().filter(c -> c.slot() == Slot.COPY).toList();
    int all = 0;
    var hosts = new TreeMap<String, Integer>();
    for (Claim copy : copies) {
      all += disks(copy);
      hosts.merge(copy.load().host(), disks(copy), Integer::sum);
    }
    var shares = new LinkedHashMap<MigrationId, Long>();
    for (Claim copy : copies) {
      long ofVCenter = share(limits.bytesPerSecond(), disks(copy), all);
      long ofHost =
          share(
              limits.hostBytesPerSecond(),
              disks(copy),
              hosts.getOrDefault(copy.load().host(), disks(copy)));
      shares.put(
          copy.migration(),
          ofVCenter == 0 || ofHost == 0
              ? Math.max(ofVCenter, ofHost)
              : Math.min(ofVCenter, ofHost));
    }
    return shares;
  }

  private static long share(long cap, int disks, int of) {
    return cap <= 0 ? 0 : Math.max(1, cap / step(of) * disks);
  }

  private static int disks(Claim copy) {
    return Math.max(1, copy.load().disks());
  }

  /** The next of 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48 … */
  static int step(int disks) {
    int power = Integer.highestOneBit(Math.max(1, disks));
    if (disks <= power) {
      return power;
    }
    int half = power + power / 2;
    return power > 1 && disks <= half ? half : power * 2;
  }
}
