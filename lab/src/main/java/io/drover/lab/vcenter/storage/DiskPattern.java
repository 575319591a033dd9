// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The first content of a lab disk, as a function of a seed: a partition table and files of text,
 * numbers and noise scattered over its partitions. Nothing is stored; a block is computed when it
 * is read.
 */
final class DiskPattern {
  static final int BLOCK = 64 * 1024;
  private static final byte[] WORDS =
      ("the quick migration of a herd moves every disk once and proves what it moved; "
              + "INFO  service started on port 8443 in 1742 ms; GET /orders/4711 200 12ms; ")
          .getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private final long seed;
  private final BitSet allocated = new BitSet();
  private final Map<Integer, byte[]> special = new HashMap<>();
  private final long firstData;
  private final long lastData;

  /**
   * @param size bytes of the disk, a multiple of 512
   * @param payload bytes of files, about
   */
  DiskPattern(long seed, long size, long payload, DiskLayout layout) {
    this.seed = seed;
    SplittableRandom random = new SplittableRandom(seed);
    PartitionTable table = PartitionTable.of(layout, size, random);
    List<PartitionTable.Partition> partitions = table.partitions();
    for (PartitionTable.Piece piece : table.pieces()) {
      place(piece);
    }
    if (partitions.isEmpty()) {
      firstData = Math.min(size / 2, 1 << 20) / BLOCK * BLOCK;
      lastData = size;
      return;
    }
    PartitionTable.Partition main = partitions.getLast();
    firstData = main.first() * PartitionTable.SECTOR;
    lastData = (main.last() + 1) * PartitionTable.SECTOR;
    long blocks = payload / BLOCK;
    for (PartitionTable.Partition partition : partitions) {
      long first = ceil(partition.first() * PartitionTable.SECTOR);
      long last = (partition.last() + 1) * PartitionTable.SECTOR / BLOCK;
      long share = Math.min(last - first, partition == main ? blocks : Math.max(4, blocks / 16));
      scatter(random, first, last, share);
    }
  }

  private static long ceil(long offset) {
    return (offset + BLOCK - 1) / BLOCK;
  }

  private void scatter(SplittableRandom random, long first, long last, long count) {
    long placed = 0;
    while (placed < count && last > first) {
      long run = Math.min(count - placed, 1 + random.nextLong(48));
      long at = first + random.nextLong(Math.max(1, last - first - run));
      int before = allocated.cardinality();
      allocated.set((int) at, (int) Math.min(last, at + run));
      int added = allocated.cardinality() - before;
      // a full partition takes no more; the run counts all the same, so the loop ends
      placed += Math.max(added, 1);
    }
  }

  private void place(PartitionTable.Piece piece) {
    int done = 0;
    while (done < piece.bytes().length) {
      long at = piece.offset() + done;
      int index = (int) (at / BLOCK);
      int inside = (int) (at % BLOCK);
      int count = Math.min(piece.bytes().length - done, BLOCK - inside);
      System.arraycopy(
          piece.bytes(), done, special.computeIfAbsent(index, i -> new byte[BLOCK]), inside, count);
      allocated.set(index);
      done += count;
    }
  }

  /** Blocks that hold something; the others read as zeros. */
  BitSet allocated() {
    return (BitSet) allocated.clone();
  }

  /** First byte of the area that a guest may write to. */
  long firstData() {
    return firstData;
  }

  /** End of the area that a guest may write to. */
  long lastData() {
    return lastData;
  }

  /** Computes a block of {@link #BLOCK} bytes. */
  byte[] block(int index) {
    byte[] known = special.get(index);
    if (known != null) {
      return known.clone();
    }
    byte[] block = new byte[BLOCK];
    if (!allocated.get(index)) {
      return block;
    }
    ByteBuffer out = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
    // neighbours share a kind, so a run of blocks looks like one file
    long kind = mix(seed ^ (index / 16)) & 3;
    long state = mix(seed + 0x9E37_79B9_7F4A_7C15L * (index + 1));
    int line = 0;
    while (out.hasRemaining()) {
      state ^= state << 13;
      state ^= state >>> 7;
      state ^= state << 17;
      if (kind == 0 || (kind == 1 && (state & 1) == 0)) {
        int length = Math.min(out.remaining(), 24 + (int) (state >>> 59));
        out.put(WORDS, (int) ((state >>> 8) & 63), Math.min(length, WORDS.length - 64));
        if (out.remaining() >= 8) {
          out.putInt(line++).putInt((int) state & 0xffff);
        }
      } else if (kind == 1) {
        out.position(Math.min(BLOCK, out.position() + 32));
      } else if (out.remaining() >= 8) {
        out.putLong(state);
      } else {
        out.put((byte) state);
      }
    }
    return block;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }
}
