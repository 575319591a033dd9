// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says that a copy went on from what an earlier attempt, or a process that died, had written. */
final class Resumed {
  private static final Logger LOG = LoggerFactory.getLogger(Resumed.class);

  private Resumed() {}

  /** Tells of bytes that were there and not written again; of none, nothing. */
  static void tell(CopyOrder order, Inventory.Disk disk, long passedOver, Attempt attempt) {
    if (passedOver <= 0) {
      return;
    }
    LOG.atInfo()
        .addKeyValue("migration", order.migration())
        .log(
            "Disk {} of VM {} was gone on with: {} of {} bytes were there from an earlier attempt",
            disk.label(),
            order.vmName(),
            passedOver,
            disk.capacityBytes());
    attempt
        .progress()
        .report(Integer.toString(disk.deviceKey()), "resumed", passedOver, disk.capacityBytes());
  }
}
