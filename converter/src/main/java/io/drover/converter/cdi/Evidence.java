// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.disk.ConversionResult;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DiskDigest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Puts what the disk library saw into the words of the journal. */
final class Evidence {
  private Evidence() {}

  static CopyEvidence.DiskTransferred transferred(
      String volume,
      ConversionResult moved,
      @Nullable String streamChecksum,
      Instant began,
      Instant ended) {
    return new CopyEvidence.DiskTransferred(
        volume,
        moved.bytesRead(),
        moved.guestBytesAllocated(),
        moved.digest() == null ? null : DiskDigest.v1(moved.size(), moved.digest().root()),
        streamChecksum,
        began,
        ended);
  }
}
