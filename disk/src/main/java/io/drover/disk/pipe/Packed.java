// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * The stored, still compressed data of one extent on its way from the reader to a worker: pieces,
 * each with its guest offset, in one buffer that is used again and again.
 */
public final class Packed implements AutoCloseable {
  /** Room for an extent of incompressible grains, each a little larger than its content. */
  public static final int ROOM = (4 << 20) + (256 << 10);

  private final Arena arena = Arena.ofShared();
  private MemorySegment memory = MemorySegment.NULL;
  private long extent;
  private int used;
  private int grainBytes;
  private int count;
  private long[] guest = new long[64];
  private long[] stream = new long[64];
  private int[] from = new int[64];
  private int[] length = new int[64];

  /** Empties it for another extent. */
  public void reset(long extentIndex) {
    reset(extentIndex, 0);
  }

  /**
   * Empties it for another extent, whose pieces will be zlib streams of whole grains.
   *
   * @param grain guest bytes in each piece; 0 where pieces are of another kind
   */
  public void reset(long extentIndex, int grain) {
    extent = extentIndex;
    grainBytes = grain;
    used = 0;
    count = 0;
  }

  /** Index of the extent these pieces belong to. */
  public long extent() {
    return extent;
  }

  /** Guest bytes in each piece where the pieces are zlib streams of grains, otherwise 0. */
  public int grainBytes() {
    return grainBytes;
  }

  /** All pieces in one, as they lie one after the other. */
  public MemorySegment all() {
    return memory.asSlice(0, used);
  }

  /** Where piece {@code i} begins in {@link #all}. */
  public int from(int i) {
    return from[i];
  }

  /** Stored length of piece {@code i}. */
  public int length(int i) {
    return length[i];
  }

  /** Number of pieces. */
  public int count() {
    return count;
  }

  /** Guest offset of piece {@code i} in bytes. */
  public long guestOffset(int i) {
    return guest[i];
  }

  /** Where piece {@code i} stood in the file or stream, for error messages. */
  public long streamOffset(int i) {
    return stream[i];
  }

  /** The stored bytes of piece {@code i}. */
  public MemorySegment piece(int i) {
    return memory.asSlice(from[i], length[i]);
  }

  /** Whether there is room for a piece of so many bytes. */
  public boolean fits(int bytes) {
    return used + bytes <= ROOM;
  }

  /**
   * Adds a piece, which must fit, and returns room for its bytes.
   *
   * @param guestOffset where it goes on the guest disk, in bytes
   * @param streamOffset where it stands in the file or stream
   * @param bytes stored length
   */
  public ByteBuffer add(long guestOffset, long streamOffset, int bytes) {
    if (!fits(bytes)) {
      throw new IllegalArgumentException("No room for " + bytes + " bytes more");
    }
    if (memory.byteSize() == 0) {
      memory = arena.allocate(ROOM, 64);
    }
    if (count == guest.length) {
      int more = count * 2;
      guest = Arrays.copyOf(guest, more);
      stream = Arrays.copyOf(stream, more);
      from = Arrays.copyOf(from, more);
      length = Arrays.copyOf(length, more);
    }
    guest[count] = guestOffset;
    stream[count] = streamOffset;
    from[count] = used;
    length[count] = bytes;
    count++;
    ByteBuffer room = memory.asSlice(used, bytes).asByteBuffer();
    used += bytes;
    return room;
  }

  /**
   * A checksum of all pieces and their places, the same exactly where the stored data is the same
   * (but for one chance in 2^64).
   */
  public long fingerprint() {
    CRC32C low = new CRC32C();
    CRC32 high = new CRC32();
    ByteBuffer head = ByteBuffer.allocate(12);
    for (int i = 0; i < count; i++) {
      head.clear().putLong(guest[i]).putInt(length[i]).flip();
      low.update(head.duplicate());
      high.update(head);
      ByteBuffer bytes = piece(i).asByteBuffer();
      low.update(bytes.duplicate());
      high.update(bytes);
    }
    return high.getValue() << 32 | low.getValue();
  }

  /** Bytes of memory it holds. */
  long bytes() {
    return memory.byteSize();
  }

  @Override
  public void close() {
    arena.close();
  }
}
