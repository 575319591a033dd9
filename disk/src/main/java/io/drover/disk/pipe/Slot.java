// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One extent in flight, with the buffers it needs. */
final class Slot implements AutoCloseable {
  final Packed packed = new Packed();
  private final Arena arena = Arena.ofShared();
  private @Nullable Extent extent;
  private @Nullable MemorySegment room;
  @Nullable ByteBuffer encoded;
  boolean done;

  Extent extent() {
    Extent mine = extent;
    if (mine == null) {
      mine = new Extent(arena);
      extent = mine;
    }
    return mine;
  }

  MemorySegment room() {
    MemorySegment mine = room;
    if (mine == null) {
      mine = arena.allocate(Packed.ROOM, 64);
      room = mine;
    }
    return mine;
  }

  /** Bytes of memory it holds. */
  long bytes() {
    return packed.bytes() + (extent == null ? 0 : Extent.SIZE) + (room == null ? 0 : Packed.ROOM);
  }

  @Override
  public void close() {
    packed.close();
    arena.close();
  }
}
