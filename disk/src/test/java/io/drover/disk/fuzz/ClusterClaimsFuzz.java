// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.qcow2.Qcow2Disk;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Fuzzes the check that no two clusters of a qcow2 image are one: whatever its tables say, an image
 * gives no more plain clusters than its file has room for.
 */
public final class ClusterClaimsFuzz {
  private static final int BITS = 9;
  private static final int CLUSTER = 1 << BITS;
  private static final int ENTRIES = CLUSTER / 8;
  private static final int MOST = 64;

  private ClusterClaimsFuzz() {}

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    Pieces pieces = new Pieces(data);
    int tables = 1 + pieces.next() % ENTRIES;
    int clusters = 2 + pieces.next() % MOST;
    ByteBuffer image = ByteBuffer.allocate(clusters * CLUSTER);
    image.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, BITS);
    image.putLong(24, (long) tables * ENTRIES * CLUSTER).putInt(36, tables).putLong(40, CLUSTER);
    // Not closed properly: its reference counts, which it has none of, are not asked.
    image.putLong(72, 1).putInt(96, 4).putInt(100, 104);
    for (int i = 0; i < tables; i++) {
      image.putLong(CLUSTER + i * 8, entry(pieces, clusters));
    }
    for (int at = 2 * CLUSTER; at < image.capacity() && !pieces.isEmpty(); at += 8) {
      image.putLong(at, entry(pieces, clusters));
    }
    try (Qcow2Disk disk = Qcow2Disk.open(Some.file(image.array()))) {
      ByteBuffer some = ByteBuffer.allocate(CLUSTER);
      int stored = 0;
      for (long at = 0; at < disk.size(); at += CLUSTER) {
        if (!disk.isZero(at, CLUSTER)) {
          disk.read(at, some.clear());
          stored++;
        }
      }
      if (stored > clusters) {
        throw new AssertionError(stored + " clusters out of a file of " + clusters);
      }
    } catch (DiskFormatException e) {
      Some.precise(e);
    }
  }

  /** A place in the file or a little past it, now and then unaligned or flagged. */
  private static long entry(Pieces pieces, int clusters) {
    int kind = pieces.next();
    long place = (long) (pieces.next() % (clusters + 2)) * CLUSTER;
    return switch (kind >> 5) {
      case 0 -> 0;
      case 1 -> 1L << 63;
      case 2 -> place | 1;
      case 3 -> place + (kind & 0x1f);
      default -> 1L << 63 | place;
    };
  }
}
