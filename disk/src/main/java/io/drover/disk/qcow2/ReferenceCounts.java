// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import io.drover.disk.image.DiskFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * What an image says of itself how often each of its host clusters is used. They are not needed to
 * read the disk, but tables that were damaged seldom agree with them. Nothing is asked of an image
 * that was not closed properly, whose counts may be behind.
 */
final class ReferenceCounts {
  // QEMU opens no image with a larger table.
  private static final int MAX_TABLE = 8 << 20;
  private static final int PAGE = 4096;
  private static final int CACHED_PAGES = 64;
  private static final String REMAKE = "Make the image again, or check it with qemu-img check.";

  private final FileChannel channel;
  private final int cluster;
  private final int bits;
  private final boolean dirty;
  private final long tableOffset;
  private final long[] blocks;
  private final Map<Long, ByteBuffer> pages =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, ByteBuffer> eldest) {
          return size() > CACHED_PAGES;
        }
      };

  /**
   * Reads where they are stored.
   *
   * @param layout of the image, checked
   * @throws DiskFormatException where that cannot be, and the image was closed properly
   */
  ReferenceCounts(FileChannel channel, Qcow2Layout layout) throws IOException {
    this.channel = channel;
    cluster = layout.cluster();
    ByteBuffer header = at(0, Qcow2Header.LENGTH);
    boolean old = layout.version() < 3;
    bits = 1 << (old ? Qcow2Header.REFCOUNT_ORDER : header.getInt(96));
    dirty = !old && (header.getLong(72) & Qcow2Header.INCOMPATIBLE_DIRTY) != 0;
    long at = header.getLong(48);
    long bytes = Integer.toUnsignedLong(header.getInt(56)) * cluster;
    boolean stands =
        at > 0 && at % cluster == 0 && bytes <= MAX_TABLE && at <= channel.size() - bytes;
    if (!stands && !dirty) {
      throw new DiskFormatException(
          "The qcow2 reference table claims "
              + bytes
              + " bytes at byte "
              + Long.toUnsignedString(at)
              + " of a file of "
              + channel.size()
              + layout.clusters(),
          48,
          -1,
          REMAKE);
    }
    tableOffset = at;
    blocks = new long[stands ? (int) (bytes / Long.BYTES) : 0];
    at(at, blocks.length * Long.BYTES).asLongBuffer().get(blocks);
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] &= Qcow2Header.OFFSET_MASK;
    }
  }

  /** Offsets in bytes of the host clusters that they are stored in, as far as they tell. */
  LongStream places() {
    long bytes = (long) blocks.length * Long.BYTES;
    return LongStream.concat(
        LongStream.range(0, bytes / cluster).map(i -> tableOffset + i * cluster),
        LongStream.of(blocks).filter(place -> place > 0));
  }

  /**
   * Refuses what is stored where nothing is counted, or more than what says that it is alone.
   *
   * @param what it is, for the message
   * @param at its place, in bytes
   * @param entry that names the place, whose highest bit says that nothing else does
   * @param grain for the message
   */
  void demand(String what, long at, long entry, long grain) throws IOException {
    if (dirty) {
      return;
    }
    long count = count(at / cluster);
    if (count == 0) {
      throw new DiskFormatException(
          what + " is stored where the reference counts say that nothing is", at, grain, REMAKE);
    }
    if ((entry & Qcow2Header.COPIED) != 0 && count != 1) {
      throw new DiskFormatException(
          what
              + " claims to be alone at its place, but the reference counts say "
              + Long.toUnsignedString(count),
          at,
          grain,
          REMAKE);
    }
  }

  private synchronized long count(long host) throws IOException {
    long perBlock = cluster * 8L / bits;
    long block = host / perBlock;
    if (block >= blocks.length || blocks[(int) block] == 0) {
      return 0;
    }
    long bit = host % perBlock * bits;
    long at = blocks[(int) block] + bit / 8;
    ByteBuffer page = pages.get(at / PAGE);
    if (page == null) {
      page = at(at / PAGE * PAGE, PAGE);
      pages.put(at / PAGE, page);
    }
    int within = (int) (at % PAGE);
    return switch (bits) {
      case 64 -> page.getLong(within);
      case 32 -> Integer.toUnsignedLong(page.getInt(within));
      case 16 -> Short.toUnsignedLong(page.getShort(within));
      default -> Byte.toUnsignedInt(page.get(within)) >>> bit % 8 & (1 << bits) - 1;
    };
  }

  /** So many bytes of the file; zeros behind its end. */
  private ByteBuffer at(long offset, int bytes) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(bytes);
    while (in.hasRemaining() && channel.read(in, offset + in.position()) >= 0) {}
    return in.clear();
  }
}
