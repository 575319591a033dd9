// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import io.drover.disk.image.DiskFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;

/** The grain directory of a sparse VMDK file, and its tables as they are needed. */
final class GrainTables {
  private static final int SECTOR = SparseHeader.SECTOR;
  private static final int CACHED = 64;
  private static final String REMAKE = "The file is damaged or was cut: copy or export it again.";

  private final FileChannel channel;
  private final SparseHeader header;
  private final int[] directory;

  /** The second directory, whose tables must say the same; empty where there is none. */
  private final int[] redundant;

  private final long fileSize;
  private final BitSet checked = new BitSet();
  private final BitSet claimed = new BitSet();
  private final Map<Integer, int[]> cache =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, int[]> eldest) {
          return size() > CACHED;
        }
      };

  GrainTables(FileChannel channel, SparseHeader header) throws IOException {
    this.channel = channel;
    this.header = header;
    fileSize = channel.size();
    long start =
        header.directory() == 0 && header.has(SparseHeader.REDUNDANT)
            ? header.redundantDirectory()
            : header.directory();
    if (start <= 0) {
      throw new DiskFormatException("The VMDK header names no grain directory", 56, -1, REMAKE);
    }
    directory = read(start, header.tables(), "directory");
    redundant =
        header.has(SparseHeader.REDUNDANT)
                && header.redundantDirectory() > 0
                && start != header.redundantDirectory()
            ? read(header.redundantDirectory(), header.tables(), "directory")
            : new int[0];
    for (int i = 0; i < redundant.length; i++) {
      if (redundant[i] == 0 != (directory[i] == 0)) {
        throw contradiction(start, (long) i * header.entriesPerTable());
      }
    }
    int[] sorted = directory.clone();
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] != 0 && sorted[i] == sorted[i - 1]) {
        throw new DiskFormatException(
            "Two grain tables claim to stand at one place",
            Integer.toUnsignedLong(sorted[i]) * SECTOR,
            -1,
            REMAKE);
      }
    }
  }

  /** The first grain at or after this one that has a table. */
  long nextMapped(long grain) {
    int index = (int) (grain / header.entriesPerTable());
    return directory[index] != 0 ? grain : (index + 1L) * header.entriesPerTable();
  }

  /** The sector of a grain in the file; 0 where it is not stored. */
  long sector(long grain) throws IOException {
    int index = (int) (grain / header.entriesPerTable());
    if (directory[index] == 0) {
      return 0;
    }
    int[] table;
    synchronized (cache) {
      table = cache.get(index);
      if (table == null) {
        table = read(Integer.toUnsignedLong(directory[index]), header.entriesPerTable(), "table");
        compare(index, table);
        claim(index, table);
        cache.put(index, table);
      }
    }
    int entry = table[(int) (grain % header.entriesPerTable())];
    return entry == 1 && header.has(SparseHeader.ZEROED_GRAINS) ? 0 : Integer.toUnsignedLong(entry);
  }

  /** Refuses tables of which one copy is damaged: nothing tells which. */
  private void compare(int index, int[] table) throws IOException {
    if (redundant.length == 0 || checked.get(index)) {
      return;
    }
    long place = Integer.toUnsignedLong(redundant[index]);
    int differs = Arrays.mismatch(table, read(place, header.entriesPerTable(), "table"));
    if (differs >= 0) {
      throw contradiction(
          Integer.toUnsignedLong(directory[index]),
          (long) index * header.entriesPerTable() + differs);
    }
  }

  private static DiskFormatException contradiction(long sector, long grain) {
    return new DiskFormatException(
        "The two copies of the grain tables differ",
        sector * SECTOR,
        grain,
        "Copy or export the file again; where it is the original, repair it with"
            + " vmware-vdiskmanager -R first.");
  }

  /**
   * Refuses two grains at one place, by which a small file could claim to hold a huge disk. Only
   * plain grains need it: a compressed one carries its number.
   */
  private void claim(int index, int[] table) throws DiskFormatException {
    if (header.streamOptimized() || checked.get(index)) {
      return;
    }
    checked.set(index);
    for (int i = 0; i < table.length; i++) {
      long sector = Integer.toUnsignedLong(table[i]);
      if (sector == 0 || sector == 1 && header.has(SparseHeader.ZEROED_GRAINS)) {
        continue;
      }
      if (sector < header.overhead()) {
        throw new DiskFormatException(
            "A grain claims to be stored at sector "
                + sector
                + ", among the "
                + header.overhead()
                + " of header and tables",
            sector * SECTOR,
            (long) index * header.entriesPerTable() + i,
            REMAKE);
      }
      // Grains that do not overlap never begin in one slot of their size.
      long slot = sector / header.grainSectors();
      if (sector * SECTOR < fileSize && claimed.get((int) slot)) {
        throw new DiskFormatException(
            "Two grains claim to be stored at one place",
            sector * SECTOR,
            (long) index * header.entriesPerTable() + i,
            REMAKE);
      }
      if (sector * SECTOR < fileSize) {
        claimed.set((int) slot);
      }
    }
  }

  private int[] read(long sector, int entries, String what) throws IOException {
    if (sector > (fileSize - entries * 4L) / SECTOR || fileSize < entries * 4L) {
      throw new DiskFormatException(
          "A grain "
              + what
              + " of "
              + entries
              + " entries claims to stand at sector "
              + Long.toUnsignedString(sector)
              + " of a file of "
              + fileSize
              + " bytes",
          sector > fileSize ? DiskFormatException.NOWHERE : sector * SECTOR,
          -1,
          REMAKE);
    }
    ByteBuffer in = ByteBuffer.allocate(entries * 4).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      if (channel.read(in, sector * SECTOR + in.position()) < 0) {
        throw new DiskFormatException("The file ends inside a grain " + what, fileSize, -1, REMAKE);
      }
    }
    int[] table = new int[entries];
    in.flip().asIntBuffer().get(table);
    return table;
  }
}
