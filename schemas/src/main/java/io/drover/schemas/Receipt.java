// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is proved about the copy of one disk. Nothing says "verified" without its level.
 *
 * @param diskKey vSphere device key of the disk
 * @param volume namespace/name of the PersistentVolumeClaim that holds the copy
 * @param level what was compared
 * @param size guest-visible size in bytes
 * @param bytesRead bytes read from the source, as they came over the wire
 * @param bytesWritten guest-visible bytes that are stored (not zero)
 * @param source digest computed while the source was read
 * @param target digest of the landed volume, read back by another process
 * @param streamChecksum checksum of the received stream that matched the lease's manifest; null =
 *     the source served none to compare with
 * @param cached true where the volume was read back through the cache of its node, as its storage
 *     has no direct reads: that proves less where it was written on that node, too. Null where it
 *     was read past the cache, or not at all, and in receipts of older builds
 */
public record Receipt(
    int diskKey,
    String volume,
    Level level,
    long size,
    long bytesRead,
    long bytesWritten,
    @Nullable DiskDigest source,
    @Nullable DiskDigest target,
    @Nullable String streamChecksum,
    Instant startedAt,
    Instant endedAt,
    @Nullable Boolean cached) {
  /** How much is proved, from most to least. */
  public enum Level {
    /** Guest-visible bytes digested at the source and read back from the landed volume: equal. */
    BOTH,
    /**
     * The stream matched the lease's manifest and every grain's checksum held; the target was not
     * read back.
     */
    TRANSFER,
    /** Only the landed volume's digest is known. */
    TARGET,
    /** Nothing is proved. */
    NONE
  }

  public Receipt {
    if (level == Level.BOTH && (source == null || !source.equals(target))) {
      throw new IllegalArgumentException(
          "Receipt level BOTH needs two equal digests, but disk "
              + diskKey
              + " has "
              + source
              + " and "
              + target);
    }
  }
}
