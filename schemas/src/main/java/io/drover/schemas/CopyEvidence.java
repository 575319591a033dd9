// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was observed when a step of a copy was satisfied. */
public sealed interface CopyEvidence {
  /** The DataVolume takes bytes; {@code volume} is namespace/name. */
  record VolumeReady(String volume) implements CopyEvidence {}

  /** A lease is open; device URL per disk device key (no credential in it). */
  record LeaseOpened(String lease, Map<Integer, String> urls) implements CopyEvidence {
    public LeaseOpened {
      urls = Map.copyOf(urls);
    }
  }

  /** A snapshot stands and the change ids of its disks are noted. */
  record SnapshotTaken(String snapshot, Map<Integer, String> changeIds) implements CopyEvidence {
    public SnapshotTaken {
      changeIds = Map.copyOf(changeIds);
    }
  }

  /** The bytes of one disk are in its volume. */
  record DiskTransferred(
      String volume,
      long bytesRead,
      long bytesWritten,
      @Nullable DiskDigest source,
      @Nullable String streamChecksum,
      java.time.Instant startedAt,
      java.time.Instant endedAt)
      implements CopyEvidence {}

  /** vCenter let go of the VM: no lease, none of our snapshots. */
  record SourceClosed() implements CopyEvidence {}

  /** The landed volume's digest, by another process. */
  record VolumeDigested(DiskDigest target) implements CopyEvidence {}

  /** Nothing of the round runs any more. */
  record Stopped() implements CopyEvidence {}

  /** Volumes and snapshots are gone. */
  record Removed() implements CopyEvidence {}
}
