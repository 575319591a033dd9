// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.RawDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** A conversion in a process of its own, from a source as slow as a network, to be killed. */
final class SlowConversion {
  static final String KEY = "one disk";

  private SlowConversion() {}

  /**
   * @param args a streamOptimized VMDK, or a raw file, which is read where it is needed; and the
   *     image to write
   */
  public static void main(String[] args) throws IOException {
    Path from = Path.of(args[0]);
    Path image = Path.of(args[1]);
    ExtentSource source =
        args[0].endsWith(".vmdk")
            ? Conversion.streamOptimized(
                new Slow(FileChannel.open(from, StandardOpenOption.READ)), Set.of())
            : Conversion.disk(new SlowDisk(RawDisk.open(from)));
    ConversionResult result =
        Conversion.of(source, sink(image))
            .progress((bytes, guest) -> System.out.println(bytes))
            .resume(image.resolveSibling(image.getFileName() + ".journal"), KEY)
            .checkpointEvery(Duration.ofMillis(50))
            .run();
    DiskDigest digest = result.digest();
    System.out.println(
        (digest == null ? "none" : digest.root())
            + " "
            + result.guestBytesPassedOver()
            + " "
            + result.bytesRead());
  }

  static Qcow2Writer sink(Path image) {
    return new Qcow2Writer(image, Qcow2Options.plain().withDurable(false));
  }

  /** About 30 MB/s. */
  private record Slow(FileChannel in) implements ReadableByteChannel {
    @Override
    public int read(ByteBuffer into) throws IOException {
      LockSupport.parkNanos(2_000_000);
      ByteBuffer part = into.slice(into.position(), Math.min(into.remaining(), 64 << 10));
      int got = in.read(part);
      into.position(into.position() + Math.max(0, got));
      return got;
    }

    @Override
    public boolean isOpen() {
      return in.isOpen();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** As slow for each of its readers. */
  private record SlowDisk(GuestDisk disk) implements GuestDisk {
    @Override
    public long size() {
      return disk.size();
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
      LockSupport.parkNanos(into.remaining() / (64 << 10) * 2_000_000L);
      disk.read(offset, into);
    }

    @Override
    public void close() throws IOException {
      disk.close();
    }
  }
}
