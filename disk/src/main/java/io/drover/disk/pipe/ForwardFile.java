// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import io.drover.disk.image.FilePlace;
import io.drover.disk.image.PartialFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * Writes what a forward sink sends into a file, which has its name only when it is whole. It cannot
 * be gone on with after a crash.
 */
public final class ForwardFile implements ForwardSink {
  private final PartialFile file;
  private final boolean durable;
  private final ForwardSink stream;

  /**
   * Nothing is created before the conversion begins.
   *
   * @param path the file when it is finished; replaced if it exists
   * @param durable whether the finished file is forced to disk
   * @param stream makes the sink that writes into the channel given to it
   */
  public ForwardFile(
      Path path, boolean durable, Function<WritableByteChannel, ForwardSink> stream) {
    file = new PartialFile(path);
    this.durable = durable;
    this.stream = stream.apply(new Appending(file));
  }

  /** Writes one piece behind the other. */
  private static final class Appending implements WritableByteChannel {
    private final PartialFile file;
    private long at;

    Appending(PartialFile file) {
      this.file = file;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      int count = from.remaining();
      FilePlace.write(file.channel(), file.partial(), from, at);
      at += count;
      return count;
    }

    @Override
    public boolean isOpen() {
      return file.channel().isOpen();
    }

    @Override
    public void close() {}
  }

  @Override
  public void begin(long size) throws IOException {
    FileChannel ignored = file.create();
    stream.begin(size);
  }

  @Override
  public ByteBuffer encode(Extent extent, MemorySegment room, Bench bench) throws IOException {
    return stream.encode(extent, room, bench);
  }

  @Override
  public void emit(ByteBuffer encoded) throws IOException {
    stream.emit(encoded);
  }

  @Override
  public void emitZeros(long length) throws IOException {
    stream.emitZeros(length);
  }

  @Override
  public void finish() throws IOException {
    stream.finish();
    file.complete(durable);
  }

  @Override
  public void close() throws IOException {
    stream.close();
    file.close();
  }
}
