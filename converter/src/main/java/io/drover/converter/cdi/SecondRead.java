// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.disk.ConversionResult;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.pipe.ExtentSink;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import java.io.IOException;
import java.time.Duration;

/**
 * Reads a disk that CDI copied by VDDK once more, out of an export lease, so that its receipt rests
 * on both sides. Stores nothing but what the read-back needs to name differences.
 */
final class SecondRead {
  private final SourceDigests digests;
  private final DiskPipe pipe;
  private final Duration patience;

  /**
   * @param patience how long an API server is waited for that cannot be asked
   */
  SecondRead(SourceDigests digests, DiskPipe pipe, Duration patience) {
    this.patience = patience;
    this.digests = digests;
    this.pipe = pipe;
  }

  CopyEvidence.SourceDigested run(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt) {
    try (var reading = offer.read()) {
      ConversionResult seen = pipe.run(order, disk, reading, new Nowhere(disk), attempt);
      var digest = seen.digest();
      if (digest == null) {
        throw new IllegalStateException("A second read without a digest");
      }
      String checksum = UploadRoad.verify(reading, disk, order);
      // The source is not read a third time for an API server that is restarted.
      Outage.through(patience, attempt, () -> digests.keep(order, disk, digest, attempt));
      return new CopyEvidence.SourceDigested(
          DiskDigest.v1(seen.size(), digest.root()), checksum, seen.bytesRead());
    }
  }

  /** Where the bytes go that are only digested. */
  private record Nowhere(Inventory.Disk disk) implements DiskPipe.Drain {
    @Override
    public ExtentSink open() {
      return new DigestOnly();
    }

    @Override
    public String doing() {
      return "reading again";
    }

    @Override
    public void cut() {
      // Nothing blocks in it.
    }

    @Override
    public CopyFault explain(IOException broken) {
      return new CopyFault(
          new Problem(
              Problem.Kind.TRANSIENT,
              "second-read-broke",
              "The second read of disk " + disk.label() + " broke: " + broken.getMessage() + ".",
              "Nothing: it is read again from zero."),
          broken);
    }
  }
}
