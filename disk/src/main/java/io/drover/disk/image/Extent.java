// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Four MiB of guest bytes in memory: the unit of work of the pipeline and of the digest. A mask
 * tells which of its 64 KiB blocks hold anything but zeros.
 */
public final class Extent {
  /** Bytes of a whole extent, as drover-disk-v1 defines it. */
  public static final int SIZE = 4 << 20;

  /** Bytes of a block, the grain of zero detection. */
  public static final int BLOCK = 64 << 10;

  private static final MemorySegment ZEROS = Arena.global().allocate(BLOCK, 64);

  private final MemorySegment memory;
  private final ByteBuffer bytes;
  private long offset;
  private int length;
  private long mask;

  /** Allocates the buffer in the given arena. */
  public Extent(Arena arena) {
    memory = arena.allocate(SIZE, 4096);
    bytes = memory.asByteBuffer();
  }

  /** So many zeros, {@link #BLOCK} at most; not to be written to. */
  public static MemorySegment zeros(int count) {
    return ZEROS.asSlice(0, count);
  }

  /** Number of extents of a disk of this many bytes. */
  public static long count(long size) {
    return (size + SIZE - 1) / SIZE;
  }

  /** Length of extent {@code index} of a disk of {@code size} bytes; the last may be shorter. */
  public static int length(long size, long index) {
    return (int) Math.min(SIZE, size - index * SIZE);
  }

  /** Makes this the extent at {@code index} of a disk, with no block present yet. */
  public void reset(long size, long index) {
    offset = index * SIZE;
    length = length(size, index);
    mask = 0;
  }

  /** Guest offset of the first byte. */
  public long offset() {
    return offset;
  }

  /** Index of this extent on the disk. */
  public long index() {
    return offset / SIZE;
  }

  /** Bytes in use: 4 MiB but for the last of a disk. */
  public int length() {
    return length;
  }

  /** The whole 4 MiB buffer. Blocks that are not in the mask hold anything. */
  public MemorySegment memory() {
    return memory;
  }

  /** A view of a part of the buffer, for channels; independent position and limit. */
  public ByteBuffer view(int from, int count) {
    return bytes.slice(from, count);
  }

  /** Blocks in this extent, counting a short last one. */
  public int blocks() {
    return (length + BLOCK - 1) / BLOCK;
  }

  /** One bit per block, bit 0 first: set where the block is not all zeros. */
  public long mask() {
    return mask;
  }

  /** Whether block {@code index} holds anything but zeros. */
  public boolean has(int index) {
    return (mask >>> index & 1) != 0;
  }

  /** Whether the whole extent is zeros. */
  public boolean isZero() {
    return mask == 0;
  }

  /** Length of block {@code index}; the last of a disk may be shorter. */
  public int blockLength(int index) {
    return Math.min(BLOCK, length - index * BLOCK);
  }

  /** Takes a block for present without looking at it; its bytes are not in the buffer. */
  public void assume(int index) {
    mask |= 1L << index;
  }

  /** Looks at a block just filled and puts it into the mask unless it is all zeros. */
  public void seal(int index) {
    int from = index * BLOCK;
    int count = blockLength(index);
    if (isZero(memory, from, count)) {
      mask &= ~(1L << index);
    } else {
      mask |= 1L << index;
    }
  }

  /** Whether a range inside the extent is all zeros, whatever the mask's grain. */
  public boolean isZero(int from, int count) {
    int end = Math.min(from + count, length);
    for (int at = from; at < end; ) {
      int block = at / BLOCK;
      int stop = Math.min(end, (block + 1) * BLOCK);
      if (has(block) && !isZero(memory, at, stop - at)) {
        return false;
      }
      at = stop;
    }
    return true;
  }

  /** Writes zeros over every block that is not in the mask, so the buffer can be used whole. */
  public void fillHoles() {
    int blocks = blocks();
    for (int i = 0; i < blocks; i++) {
      if (!has(i)) {
        memory.asSlice((long) i * BLOCK, blockLength(i)).fill((byte) 0);
      }
    }
  }

  /** First block at or after {@code from} that is present, or {@link #blocks()}. */
  public int nextPresent(int from) {
    return from >= 64
        ? blocks()
        : Math.min(blocks(), from + Long.numberOfTrailingZeros(mask >>> from));
  }

  /** First block at or after {@code from} that is absent, or {@link #blocks()}. */
  public int nextAbsent(int from) {
    return from >= 64
        ? blocks()
        : Math.min(blocks(), from + Long.numberOfTrailingZeros(~(mask >>> from)));
  }

  /** Whether {@code count} bytes of {@code memory} at {@code from} are all zeros. */
  public static boolean isZero(MemorySegment memory, long from, long count) {
    for (long at = from; at < from + count; at += BLOCK) {
      long part = Math.min(BLOCK, from + count - at);
      if (MemorySegment.mismatch(memory, at, at + part, ZEROS, 0, part) >= 0) {
        return false;
      }
    }
    return true;
  }
}
