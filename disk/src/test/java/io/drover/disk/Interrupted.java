// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.ResumableSink;
import io.drover.disk.pipe.Workers;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.InPlaceWriter;
import io.drover.disk.raw.RawDisk;
import io.drover.disk.raw.RawWriter;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** Attempts that end before their source does, and what they leave. */
abstract class Interrupted {
  static final int SIZE = 21 * (1 << 20) + 512 * 7;

  /** Of both suites, and never closed: its threads end with the process. */
  static final Workers WORKERS = new Workers(2);

  @TempDir Path dir;

  private static @Nullable SampleDisk made;
  private static byte @Nullable [] packed;

  final SampleDisk disk = disk();

  /** One disk for all: packing it costs more than most of what is done to it here. */
  private static SampleDisk disk() {
    SampleDisk there = made == null ? SampleDisk.mixed(SIZE, 31) : made;
    made = there;
    return there;
  }

  /** The disk as it is exported. */
  static byte[] vmdk() throws IOException {
    byte[] there = packed == null ? Vmdk.esxi(disk()) : packed;
    packed = there;
    return there;
  }

  /** An attempt that fails at a byte of its source. */
  void cut(byte[] vmdk, String kind, int at) {
    try {
      Conversion.of(cutAt(vmdk, at), sink(kind))
          .workers(WORKERS)
          .resume(dir.resolve("journal"), "key")
          .run();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("connection reset");
      return;
    }
    throw new AssertionError("Expected the run to be cut");
  }

  Path image(String kind) {
    return dir.resolve(kind + ".image");
  }

  ResumableSink sink(String kind) throws IOException {
    return switch (kind) {
      case "qcow2" -> new Qcow2Writer(image(kind), Qcow2Options.plain().withDurable(false));
      case "qcow2-zstd" -> new Qcow2Writer(image(kind), Qcow2Options.zstd().withDurable(false));
      case "raw" -> new RawWriter(image(kind), false);
      default -> new InPlaceWriter(image(kind), true);
    };
  }

  byte[] readBack(String kind) throws IOException {
    try (GuestDisk open =
        kind.startsWith("qcow2") ? Qcow2Disk.open(image(kind)) : RawDisk.open(image(kind))) {
      byte[] bytes = new byte[(int) open.size()];
      open.read(0, ByteBuffer.wrap(bytes));
      return bytes;
    }
  }

  DiskDigest truth() throws IOException {
    return DiskDigests.of(disk, WORKERS, (bytes, guest) -> {}, () -> false);
  }

  static ExtentSource cutAt(byte[] vmdk, int cut) throws IOException {
    ReadableByteChannel in = Channels.newChannel(new ByteArrayInputStream(vmdk));
    // The header must come, or there is nothing to go on with.
    int at = Math.max(cut, vmdk.length / 3);
    return Conversion.streamOptimized(
        new Tap(
            in,
            taken -> {
              if (taken > at) {
                throw new IOException("connection reset");
              }
            }),
        Set.of());
  }

  /** Sees how far a channel was read. */
  static final class Tap implements ReadableByteChannel {
    private final ReadableByteChannel in;
    private final Watcher watcher;
    private long taken;

    interface Watcher {
      void at(long taken) throws IOException;
    }

    Tap(ReadableByteChannel in, Watcher watcher) {
      this.in = in;
      this.watcher = watcher;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      watcher.at(taken);
      ByteBuffer part = into.slice(into.position(), Math.min(into.remaining(), 50_000));
      int got = in.read(part);
      if (got > 0) {
        into.position(into.position() + got);
        taken += got;
      }
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
}
