// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import com.github.luben.zstd.Zstd;
import io.drover.disk.image.Extent;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.ForwardSink;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Writes the guest disk forward, first byte to last, as the body of an upload: raw, or raw.zst with
 * one zstd frame to an extent (frames in a row are one stream, RFC 8878 section 3), which lets many
 * threads compress.
 */
public final class RawStream implements ForwardSink {
  private final WritableByteChannel out;
  private final int level;
  private final boolean compressed;
  private final ByteBuffer zeros;
  private final int zeroSpan;
  private long sent;

  private RawStream(WritableByteChannel out, boolean compressed, int level) {
    this.out = out;
    this.compressed = compressed;
    this.level = level;
    zeroSpan = compressed ? Extent.SIZE : 1 << 20;
    zeros = ByteBuffer.allocateDirect(compressed ? 0 : zeroSpan);
  }

  /**
   * Raw bytes.
   *
   * @param out written in order from one thread; not closed
   */
  public static RawStream raw(WritableByteChannel out) {
    return new RawStream(out, false, 0);
  }

  /**
   * Raw bytes under zstd.
   *
   * @param out written in order from one thread; not closed
   * @param level 1 (fast) to 19
   */
  public static RawStream zstd(WritableByteChannel out, int level) {
    return new RawStream(out, true, level);
  }

  /** A channel over a stream, without the JDK's small intermediate buffer. */
  public static WritableByteChannel channel(OutputStream out) {
    return new WritableByteChannel() {
      private final byte[] piece = new byte[256 << 10];
      private boolean open = true;

      @Override
      public int write(ByteBuffer from) throws IOException {
        int count = Math.min(piece.length, from.remaining());
        from.get(piece, 0, count);
        out.write(piece, 0, count);
        return count;
      }

      @Override
      public boolean isOpen() {
        return open;
      }

      @Override
      public void close() throws IOException {
        open = false;
        out.close();
      }
    };
  }

  /** Bytes sent so far. */
  public long bytesSent() {
    return sent;
  }

  @Override
  public void begin(long size) {}

  @Override
  public ByteBuffer encode(Extent extent, MemorySegment room, Bench bench) {
    extent.fillHoles();
    ByteBuffer plain = extent.view(0, extent.length());
    if (!compressed) {
      return plain;
    }
    ByteBuffer target = room.asByteBuffer();
    int length =
        bench
            .zstd(level)
            .compressDirectByteBuffer(target, 0, target.capacity(), plain, 0, plain.remaining());
    return target.limit(length);
  }

  @Override
  public void emit(ByteBuffer encoded) throws IOException {
    while (encoded.hasRemaining()) {
      sent += out.write(encoded);
    }
  }

  @Override
  public void emitZeros(long length) throws IOException {
    byte[] frame = compressed ? zeroFrame(zeroSpan) : new byte[0];
    for (long left = length; left > 0; left -= zeroSpan) {
      int span = (int) Math.min(left, zeroSpan);
      if (compressed) {
        emit(ByteBuffer.wrap(span == zeroSpan ? frame : zeroFrame(span)));
      } else {
        emit(zeros.slice(0, span));
      }
    }
  }

  private byte[] zeroFrame(int span) {
    return Zstd.compress(new byte[span], level);
  }

  @Override
  public void finish() {}

  @Override
  public void close() {}
}
