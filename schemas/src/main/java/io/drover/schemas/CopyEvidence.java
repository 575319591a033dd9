// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was observed when a step of a copy was satisfied. */
public sealed interface CopyEvidence {
  /**
   * The DataVolume takes bytes.
   *
   * @param volume namespace/name
   * @param sink how the bytes of a stream get there, null for vddk
   * @param why why so, in one sentence
   */
  record VolumeReady(String volume, @Nullable Sink sink, @Nullable String why)
      implements CopyEvidence {
    /** Of a volume that CDI fills by itself. */
    public VolumeReady(String volume) {
      this(volume, null, null);
    }
  }

  /**
   * A lease is open, and offers disks.
   *
   * @param lease the session that it lives in, alone. The rest of its id, which stands in the
   *     addresses of its disks, is dropped
   * @param urls the offered disks by device key, each with an empty text. Where a disk can be read
   *     is never said: whoever knows the address of a lease's disk can read the disk. Journals of
   *     before this was so hold addresses; they are dropped when read.
   */
  record LeaseOpened(String lease, Map<Integer, String> urls) implements CopyEvidence {
    public LeaseOpened {
      lease = session(lease);
      var offered = new TreeMap<Integer, String>();
      urls.keySet().forEach(disk -> offered.put(disk, ""));
      urls = Collections.unmodifiableMap(offered);
    }

    /** Of a lease that offers these disks, by device key. */
    public static LeaseOpened of(String lease, Collection<Integer> disks) {
      var offered = new TreeMap<Integer, String>();
      disks.forEach(disk -> offered.put(disk, ""));
      return new LeaseOpened(lease, offered);
    }

    /** What may be told of a lease's id, which is {@code session[KEY]} and its own. */
    public static String session(String lease) {
      return lease.startsWith("session[") && lease.indexOf(']') > 0
          ? lease.substring(0, lease.indexOf(']') + 1)
          : lease;
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

  /**
   * One disk was read at its source a second time, after another had copied it.
   *
   * @param source digest of what was read
   * @param streamChecksum of the received stream if the source vouches for it
   * @param bytesRead over the wire
   */
  record SourceDigested(DiskDigest source, @Nullable String streamChecksum, long bytesRead)
      implements CopyEvidence {}

  /** vCenter let go of the VM: no lease, none of our snapshots. */
  record SourceClosed() implements CopyEvidence {}

  /**
   * The landed volume's digest, by another process.
   *
   * @param difference where the volume is not what the source was; null when it is, or when the
   *     source's digest is not known
   * @param cached true where it was read through the cache of its node, see {@link Receipt#cached}
   */
  record VolumeDigested(
      DiskDigest target, @Nullable DiskDifference difference, @Nullable Boolean cached)
      implements CopyEvidence {
    /** Of a volume that was compared with nothing, or does not differ. */
    public VolumeDigested(DiskDigest target) {
      this(target, null, null);
    }
  }

  /** The copy under way reads no faster than this; 0 = as fast as it can. */
  record PaceKept(long bytesPerSecond) implements CopyEvidence {}

  /** Nothing of the round runs any more. */
  record Stopped() implements CopyEvidence {}

  /** Volumes and snapshots are gone. */
  record Removed() implements CopyEvidence {}
}
