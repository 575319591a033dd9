// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import io.drover.disk.image.DiskFormatException;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Notes where the clusters of an image are stored and refuses two at one place, by which a small
 * file could claim to hold a huge disk, and what the image's reference counts contradict. Costs
 * three bits for each host cluster, and two bytes for each 64 KiB of a file with compressed
 * clusters.
 */
final class ClusterClaims {
  private static final int GRANULE = 64 << 10;

  // No encoder stores a cluster in less, the 17 bytes of a zstd frame of zeros rounded down.
  private static final int LEAST_STORED = 8;
  private static final String REMAKE = "Make the image again, or check it with qemu-img check.";

  private final int cluster;
  private final int version;
  private final long last;
  private final long fileSize;
  private final BitSet tables = new BitSet();
  // Host clusters of the header and of the tables that map the guest's.
  private final BitSet metadata = new BitSet();
  private final BitSet plain = new BitSet();
  // Those in which a compressed cluster begins.
  private final BitSet packed = new BitSet();
  private final ReferenceCounts counts;
  private short[] compressed = new short[0];

  /**
   * @param l1 entries that name the tables
   * @param counts of the same image
   */
  ClusterClaims(Qcow2Layout layout, long fileSize, long[] l1, ReferenceCounts counts)
      throws IOException {
    cluster = layout.cluster();
    version = layout.version();
    last = layout.snapshots() ? Long.MAX_VALUE : (layout.size() - 1) / cluster;
    this.fileSize = fileSize;
    this.counts = counts;
    metadata.set(0);
    counts.demand("The qcow2 header", 0, 0, -1);
    long l1End = layout.l1Offset() + l1.length * 8L;
    for (long at = layout.l1Offset(); at < l1End; at += cluster) {
      counts.demand("The qcow2 L1 table", at, 0, -1);
      metadata.set(host(at));
    }
    long[] places = new long[l1.length];
    for (int i = 0; i < l1.length; i++) {
      places[i] = l1[i] & Qcow2Header.OFFSET_MASK;
    }
    for (int i = 0; i < places.length; i++) {
      long place = places[i];
      refuseNowhere("A table", l1[i], layout.l1Offset() + i * 8L, -1);
      if (place != 0 && place < fileSize) {
        if (metadata.get(host(place))) {
          throw shared("Two tables claim", place, -1);
        }
        counts.demand("A table", place, l1[i], -1);
        metadata.set(host(place));
      }
    }
    counts.places().filter(place -> place < fileSize).forEach(place -> metadata.set(host(place)));
  }

  /** Notes the entries of a table; one that was noted before is passed over. */
  void claim(int index, long[] table) throws IOException {
    if (tables.get(index)) {
      return;
    }
    tables.set(index);
    refuseTwins(index, table);
    for (int i = 0; i < table.length; i++) {
      long entry = table[i];
      long grain = (long) index * table.length + i;
      if ((entry & Qcow2Header.COMPRESSED) != 0) {
        compressed(CompressedEntry.offset(entry, cluster), grain);
      } else if ((entry & Qcow2Header.ZERO_FLAG) == 0 || version < 3) {
        plain(entry, grain);
      } else {
        continue;
      }
      if (entry != 0 && grain > last) {
        throw new DiskFormatException(
            "A cluster is mapped behind the end of the disk",
            DiskFormatException.NOWHERE,
            grain,
            REMAKE);
      }
    }
  }

  /** No two compressed clusters begin at one byte; those of other tables are only counted. */
  private void refuseTwins(int index, long[] table) throws DiskFormatException {
    long[] places = new long[table.length];
    int used = 0;
    for (long entry : table) {
      if ((entry & Qcow2Header.COMPRESSED) != 0) {
        places[used++] = CompressedEntry.offset(entry, cluster);
      }
    }
    Arrays.sort(places, 0, used);
    for (int i = 1; i < used; i++) {
      if (places[i] == places[i - 1]) {
        throw shared("Two compressed clusters claim", places[i], (long) index * table.length);
      }
    }
  }

  /** An entry is wholly zero where nothing is stored. */
  private static void refuseNowhere(String what, long entry, long at, long grain)
      throws DiskFormatException {
    if ((entry & Qcow2Header.OFFSET_MASK) == 0 && (entry & Qcow2Header.COPIED) != 0) {
      throw new DiskFormatException(what + " claims to be stored, but nowhere", at, grain, REMAKE);
    }
  }

  private void plain(long entry, long grain) throws IOException {
    long at = entry & Qcow2Header.OFFSET_MASK;
    refuseNowhere("A cluster", entry, DiskFormatException.NOWHERE, grain);
    if (at == 0 || at >= fileSize) {
      return; // Nothing stored; or refused when it is read.
    }
    int host = host(at);
    if (metadata.get(host)) {
      throw shared("A cluster and a table claim", at, grain);
    }
    if (plain.get(host) || packed.get(host)) {
      throw shared("Two clusters claim", at, grain);
    }
    counts.demand("A cluster", at, entry, grain);
    plain.set(host);
  }

  private int host(long at) {
    return (int) Math.min(Integer.MAX_VALUE, at / cluster);
  }

  /** Compressed clusters share host clusters; more than can lie in one are refused. */
  private void compressed(long at, long grain) throws IOException {
    if (at >= fileSize) {
      return;
    }
    if (plain.get(host(at))) {
      throw shared("Two clusters claim", at, grain);
    }
    counts.demand("A compressed cluster", at, 0, grain);
    packed.set(host(at));
    int granule = (int) Math.min(Integer.MAX_VALUE - 8, at / GRANULE);
    if (granule >= compressed.length) {
      compressed = Arrays.copyOf(compressed, Math.max(64, granule + granule / 2 + 1));
    }
    if (++compressed[granule] > GRANULE / LEAST_STORED) {
      throw shared("More compressed clusters than have room there claim", at, grain);
    }
  }

  private static DiskFormatException shared(String who, long at, long grain) {
    return new DiskFormatException(who + " to be stored at one place", at, grain, REMAKE);
  }
}
