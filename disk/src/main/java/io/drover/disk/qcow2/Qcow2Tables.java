// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import io.drover.disk.image.FilePlace;
import io.drover.disk.image.PartialFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes the tables behind the data of a qcow2 image: L2, L1, reference blocks that count every
 * cluster in use including their own, the reference table, and the header last of all.
 */
final class Qcow2Tables {
  private final PartialFile file;
  private final ClusterMap map;
  private final int cluster;
  private final ByteBuffer page;

  Qcow2Tables(PartialFile file, ClusterMap map, int cluster) {
    this.file = file;
    this.map = map;
    this.cluster = cluster;
    page = ByteBuffer.allocateDirect(cluster);
  }

  /**
   * @param size guest bytes
   * @param start where the tables go, aligned; data ends before
   * @param zstd whether compressed clusters are zstd
   */
  void write(long size, long start, boolean zstd) throws IOException {
    long dataClusters = start / cluster;
    short[] data = countData(dataClusters);
    long at = start;
    int l1Entries = map.tableCount();
    long[] l1 = new long[l1Entries];
    for (int i = 0; i < l1Entries; i++) {
      long[] table = map.table(i, false);
      if (table.length == 0) {
        continue;
      }
      page.clear();
      page.asLongBuffer().put(table);
      put(at);
      l1[i] = at | Qcow2Header.COPIED;
      at += cluster;
    }
    long l1Offset = at;
    at = writeLongs(l1, at);
    long blocksOffset = at;
    long perBlock = cluster / 2L;
    // The reference blocks and their table count themselves: grow until they fit.
    long blocks = 0;
    long tableClusters = 0;
    while (true) {
      long total = blocksOffset / cluster + blocks + tableClusters;
      long needBlocks = (total + perBlock - 1) / perBlock;
      long needTable = (needBlocks * 8 + cluster - 1) / cluster;
      if (needBlocks == blocks && needTable == tableClusters) {
        break;
      }
      blocks = needBlocks;
      tableClusters = needTable;
    }
    long total = blocksOffset / cluster + blocks + tableClusters;
    long[] table = new long[Math.toIntExact(blocks)];
    for (int i = 0; i < table.length; i++) {
      page.clear();
      for (int j = 0; j < perBlock; j++) {
        long index = i * perBlock + j;
        int count = index >= total ? 0 : index < dataClusters ? data[(int) index] : 1;
        page.putShort(j * 2, (short) count);
      }
      table[i] = at;
      put(at);
      at += cluster;
    }
    long tableOffset = at;
    writeLongs(table, at);
    ByteBuffer header =
        Qcow2Header.encode(
            Integer.numberOfTrailingZeros(cluster),
            size,
            l1Entries,
            l1Offset,
            tableOffset,
            (int) tableClusters,
            zstd);
    page.clear();
    page.put(header.array());
    while (page.hasRemaining()) {
      page.put((byte) 0);
    }
    put(0);
  }

  /** How many entries use each cluster of the data region; 1 for the header's. */
  private short[] countData(long clusters) {
    short[] counts = new short[Math.toIntExact(clusters)];
    counts[0] = 1;
    for (int i = 0; i < map.tableCount(); i++) {
      for (long entry : map.table(i, false)) {
        if ((entry & Qcow2Header.COMPRESSED) != 0) {
          long first = CompressedEntry.offset(entry, cluster);
          long last = first + CompressedEntry.length(entry, cluster) - 1;
          for (long c = first / cluster; c <= last / cluster; c++) {
            counts[(int) c]++;
          }
        } else if (entry != 0) {
          counts[(int) ((entry & Qcow2Header.OFFSET_MASK) / cluster)] = 1;
        }
      }
    }
    return counts;
  }

  private long writeLongs(long[] values, long offset) throws IOException {
    long at = offset;
    int perPage = cluster / 8;
    // An empty disk still has an L1 table of one cluster.
    for (int from = 0; from == 0 || from < values.length; from += perPage) {
      page.clear();
      for (int i = 0; i < perPage; i++) {
        page.putLong(i * 8, from + i < values.length ? values[from + i] : 0);
      }
      put(at);
      at += cluster;
    }
    return at;
  }

  private void put(long at) throws IOException {
    FilePlace.write(file.channel(), file.partial(), page.clear(), at);
  }
}
