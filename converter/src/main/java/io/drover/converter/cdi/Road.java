// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.SourceDisks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;

/** One way for a streamed disk to get into a DataVolume. */
interface Road {
  /**
   * Makes the volume ready as far as can be before the source is read.
   *
   * @return namespace/name
   */
  String prepare(CopyOrder order, Inventory.Disk disk, Attempt attempt);

  /** Writes the disk, whole, and sees the volume complete. */
  CopyEvidence.DiskTransferred write(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt);
}
