// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import io.drover.disk.codec.Codecs;
import io.drover.disk.codec.Deflate;
import io.drover.disk.codec.Inflate;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.image.Extent;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The tools of one worker thread: its extent, codecs and hasher, made when first needed. */
public final class Bench implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private @Nullable LeafHasher hasher;
  private @Nullable Extent extent;
  private @Nullable MemorySegment encoded;
  private @Nullable Inflate inflate;
  private @Nullable Deflate deflate;
  private int deflateLevel;
  private @Nullable ZstdCompressCtx zstd;
  private int zstdLevel = Integer.MIN_VALUE;
  private @Nullable ZstdDecompressCtx unzstd;

  /** The worker's own extent. */
  public Extent extent() {
    Extent mine = extent;
    if (mine == null) {
      mine = new Extent(arena);
      extent = mine;
    }
    return mine;
  }

  /** Room for one encoded extent: its size, and a quarter of a MiB over. */
  public MemorySegment encoded() {
    MemorySegment mine = encoded;
    if (mine == null) {
      mine = arena.allocate(Packed.ROOM, 4096);
      encoded = mine;
    }
    return mine;
  }

  /** The worker's inflater. */
  public Inflate inflate() {
    Inflate mine = inflate;
    if (mine == null) {
      mine = Codecs.inflate();
      inflate = mine;
    }
    return mine;
  }

  /** The worker's deflate compressor at a level from 1 to 9. */
  public Deflate deflate(int level) {
    Deflate mine = deflate;
    if (mine == null || deflateLevel != level) {
      if (mine != null) {
        mine.close();
      }
      mine = Codecs.deflate(level);
      deflate = mine;
      deflateLevel = level;
    }
    return mine;
  }

  /** The worker's zstd compressor at a level from {@link Zstd#minCompressionLevel} to 22. */
  public ZstdCompressCtx zstd(int level) {
    ZstdCompressCtx mine = zstd;
    if (mine == null) {
      mine = new ZstdCompressCtx();
      zstd = mine;
    }
    if (zstdLevel != level) {
      mine.setLevel(level);
      zstdLevel = level;
    }
    return mine;
  }

  /** The worker's zstd decompressor. */
  public ZstdDecompressCtx unzstd() {
    ZstdDecompressCtx mine = unzstd;
    if (mine == null) {
      mine = new ZstdDecompressCtx();
      unzstd = mine;
    }
    return mine;
  }

  /** The worker's leaf hasher. */
  public LeafHasher hasher() {
    LeafHasher mine = hasher;
    if (mine == null) {
      mine = new LeafHasher();
      hasher = mine;
    }
    return mine;
  }

  /** Bytes of memory that its buffers hold. */
  long bytes() {
    return (extent == null ? 0L : Extent.SIZE) + (encoded == null ? 0 : Packed.ROOM);
  }

  @Override
  public void close() {
    if (inflate != null) {
      inflate.close();
    }
    if (deflate != null) {
      deflate.close();
    }
    if (zstd != null) {
      zstd.close();
    }
    if (unzstd != null) {
      unzstd.close();
    }
    if (hasher != null) {
      hasher.close();
    }
    arena.close();
  }
}
