// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A disk put together from parts that follow each other, such as the extents of a VMDK. */
public final class JoinedDisk implements GuestDisk {
  private final List<Part> parts;
  private final long[] starts;
  private final long size;

  /**
   * A part.
   *
   * @param name of its file, for errors; empty for zeros
   * @param disk where its bytes are; null for zeros. Closed with the whole
   * @param offset first byte in that disk
   * @param length bytes
   */
  public record Part(String name, @Nullable GuestDisk disk, long offset, long length) {}

  /** Joins parts in guest order. */
  public JoinedDisk(List<Part> parts) {
    this.parts = List.copyOf(parts);
    starts = new long[parts.size()];
    long at = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = at;
      at += parts.get(i).length();
    }
    size = at;
  }

  @Override
  public long size() {
    return size;
  }

  private int partAt(long offset) {
    int found = Arrays.binarySearch(starts, offset);
    return found >= 0 ? found : -found - 2;
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    if (offset < 0 || offset + into.remaining() > size) {
      throw new EOFException("Read at byte " + offset + " of a disk of " + size);
    }
    long at = offset;
    for (int i = partAt(offset); into.hasRemaining(); i++) {
      Part part = parts.get(i);
      long within = at - starts[i];
      int count = (int) Math.min(into.remaining(), part.length() - within);
      ByteBuffer slice = into.slice(into.position(), count);
      if (part.disk() == null) {
        MemorySegment.ofBuffer(slice).fill((byte) 0);
      } else {
        try {
          part.disk().read(part.offset() + within, slice);
        } catch (DiskFormatException e) {
          throw e.in(part.name());
        }
      }
      into.position(into.position() + count);
      at += count;
    }
  }

  @Override
  public boolean isZero(long offset, long length) throws IOException {
    long end = Math.min(size, offset + length);
    long at = offset;
    for (int i = partAt(offset); at < end; i++) {
      Part part = parts.get(i);
      long within = at - starts[i];
      long count = Math.min(end - at, part.length() - within);
      try {
        if (part.disk() != null && !part.disk().isZero(part.offset() + within, count)) {
          return false;
        }
      } catch (DiskFormatException e) {
        throw e.in(part.name());
      }
      at += count;
    }
    return true;
  }

  @Override
  public long bufferBytes() {
    long sum = 0;
    for (Part part : parts) {
      sum += part.disk() == null ? 0 : part.disk().bufferBytes();
    }
    return sum;
  }

  @Override
  public void close() throws IOException {
    IOException first = null;
    for (Part part : parts) {
      try {
        if (part.disk() != null) {
          part.disk().close();
        }
      } catch (IOException e) {
        first = e;
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
