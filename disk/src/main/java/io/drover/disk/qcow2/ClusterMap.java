// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The L2 tables of an image being written: entries by guest cluster, in tables that exist only
 * where something is stored. One writer per entry at a time, many threads.
 */
final class ClusterMap {
  private final int entriesPerTable;
  private final AtomicReferenceArray<long[]> tables;

  ClusterMap(long size, int clusterBytes) {
    entriesPerTable = clusterBytes / 8;
    long span = (long) clusterBytes * entriesPerTable;
    tables = new AtomicReferenceArray<>(Math.toIntExact((size + span - 1) / span));
  }

  int tableCount() {
    return tables.length();
  }

  long[] table(int index, boolean create) {
    long[] table = tables.get(index);
    if (table == null && create) {
      tables.compareAndSet(index, null, new long[entriesPerTable]);
      table = tables.get(index);
    }
    return table == null ? EMPTY : table;
  }

  private static final long[] EMPTY = new long[0];

  void set(long cluster, long entry) {
    table((int) (cluster / entriesPerTable), true)[(int) (cluster % entriesPerTable)] = entry;
  }

  long get(long cluster) {
    long @Nullable [] table = tables.get((int) (cluster / entriesPerTable));
    return table == null ? 0 : table[(int) (cluster % entriesPerTable)];
  }
}
