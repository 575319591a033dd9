// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Compares the grains of a stream with the tables that come with it: a grain that was lost, or
 * whose number was damaged on the way, is in the tables elsewhere or not at all. Keeps one sum for
 * each table, of the numbers and places of its grains. An entry has 32 bits: of what stands behind
 * 2 TiB of stored data the tables tell nothing.
 */
final class StreamTables {
  private static final long MOST_NAMED = 0xffff_ffffL;

  private final SparseHeader header;
  private final ByteBuffer empty;
  // A table in front of the directory that names it has passed unknown.
  private final long seenFrom;
  private long[] came = new long[0];
  private long[] tablePlaces = new long[0];
  private long[] tableSums = new long[0];
  private int[] tableCounts = new int[0];
  private int tables;
  private int[] directory = new int[0];
  private int entries = -1;
  // The first table of which something stands where no entry can name it.
  private int beyond = Integer.MAX_VALUE;

  StreamTables(SparseHeader header) {
    this.header = header;
    empty = ByteBuffer.allocate(header.entriesPerTable() * Integer.BYTES);
    seenFrom = header.directoryAtEnd() ? 0 : header.directory();
  }

  /** Notes a grain that came, and the sector of its marker. */
  void grain(long number, long sector) {
    int table = (int) (number / header.entriesPerTable());
    if (sector > MOST_NAMED) {
      beyond = Math.min(beyond, table);
    }
    if (table >= came.length) {
      came = Arrays.copyOf(came, Math.max(64, table + table / 2 + 1));
    }
    came[table] += mix(number % header.entriesPerTable(), sector);
  }

  /** Notes a grain table that stands at a sector. */
  void table(long sector, ByteBuffer bytes) {
    if (sector > MOST_NAMED) {
      // Tables pass in their order, though not all of them need be there.
      beyond = Math.min(beyond, tables);
      return;
    }
    if (tables == tablePlaces.length) {
      int more = Math.max(64, tables * 2);
      tablePlaces = Arrays.copyOf(tablePlaces, more);
      tableSums = Arrays.copyOf(tableSums, more);
      tableCounts = Arrays.copyOf(tableCounts, more);
    }
    long sum = 0;
    int count = 0;
    // Most tables of a large disk that holds little: looked at at once.
    int length = bytes.slice(0, empty.capacity()).equals(empty) ? 0 : header.entriesPerTable();
    for (int i = 0; i < length; i++) {
      int entry = bytes.getInt(i * 4);
      if (entry != 0 && (entry != 1 || !header.has(SparseHeader.ZEROED_GRAINS))) {
        sum += mix(i, Integer.toUnsignedLong(entry));
        count++;
      }
    }
    tablePlaces[tables] = sector;
    tableSums[tables] = sum;
    tableCounts[tables++] = count;
  }

  /** Notes one entry of the grain directory; they come in order. */
  void directoryEntry(int index, int sector) {
    if (index == 0) {
      entries = 0;
    }
    if (index >= directory.length) {
      directory = Arrays.copyOf(directory, Math.max(64, index * 2));
    }
    directory[index] = sector;
    entries = index + 1;
  }

  /** How many grains the tables name, or -1 where they are not all known. */
  long expected() {
    if (entries != header.tables()) {
      return -1;
    }
    long count = 0;
    for (int i = 0; i < entries; i++) {
      int found = find(i);
      if (found == UNKNOWN) {
        return -1;
      }
      count += found == NONE ? 0 : tableCounts[found];
    }
    return count;
  }

  /** The first table that does not name the grains that came, or -1. */
  int firstDifference() {
    if (entries != header.tables()) {
      return -1;
    }
    for (int i = 0; i < entries; i++) {
      int found = find(i);
      if (found != UNKNOWN
          && (found == NONE ? 0 : tableSums[found]) != (i < came.length ? came[i] : 0)) {
        return i;
      }
    }
    return -1;
  }

  /** The first entry of the directory that names a table where none stood, or -1. */
  int firstMissing() {
    if (entries != header.tables()) {
      return -1;
    }
    for (int i = 0; i < entries; i++) {
      if (i < beyond && find(i) == UNKNOWN && place(i) >= seenFrom) {
        return i;
      }
    }
    return -1;
  }

  /** The sector at which a table stands, as the directory says. */
  long place(int index) {
    return Integer.toUnsignedLong(directory[index]);
  }

  private static final int NONE = -1;
  private static final int UNKNOWN = -2;

  private int find(int index) {
    if (index >= beyond) {
      return UNKNOWN;
    }
    if (directory[index] == 0) {
      return NONE;
    }
    // Tables pass in the order of their places.
    int found = Arrays.binarySearch(tablePlaces, 0, tables, place(index));
    return found < 0 ? UNKNOWN : found;
  }

  /** Spreads a pair over 64 bits, so that sums of different sets differ. */
  private static long mix(long entry, long sector) {
    long z = (sector << 20 ^ entry) * 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
