// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.worker;

import io.drover.converter.StreamTap;
import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Workers;
import io.drover.disk.raw.InPlaceWriter;
import io.drover.vsphere.BulkTls;
import io.drover.vsphere.DiskDownload;
import io.drover.vsphere.ExportLease;
import io.drover.vsphere.Timeouts;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphereFault;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a disk from the address that a lease names and writes it into the volume, in place: one
 * pass, no staging. Where to read is in a mounted Secret: {@code url}, and {@code thumbprint} or
 * {@code ca}. Prints {@code progress WIRE GUEST} lines for who follows the log.
 */
final class WriteTask {
  private static final long TELL_NANOS = 2_000_000_000L;
  private static final Duration CONNECT = Duration.ofSeconds(15);

  private final Path volume;
  private final long size;
  private final Path source;
  private final boolean again;
  private final Duration silence;

  /**
   * @param volume a block device, or the image file of a mounted filesystem volume
   * @param size guest-visible bytes that the disk must have
   * @param source folder of the Secret
   * @param again whether an attempt before this one may have written some of it
   * @param silence after how long without a byte the host is given up
   */
  WriteTask(Path volume, long size, Path source, boolean again, Duration silence) {
    this.volume = volume;
    this.size = size;
    this.source = source;
    this.again = again;
    this.silence = silence;
  }

  WorkerReport run(int threads) throws IOException {
    long began = System.nanoTime();
    // What the disk does not store is punched out, whoever wrote it.
    try (var writer = new InPlaceWriter(volume, false)) {
      if (again) {
        writer.passOverWhatIsThere();
      }
      ConversionResult moved = moved(writer, threads);
      return report(moved, writer.passedOver(), (System.nanoTime() - began) / 1e9);
    }
  }

  private static WorkerReport report(ConversionResult moved, long passedOver, double seconds) {
    var digest = moved.digest();
    if (digest == null) {
      throw new IllegalStateException("A conversion without a digest");
    }
    var hashes = new TreeMap<String, String>();
    moved
        .streamHashes()
        .forEach((hash, hex) -> hashes.put(hash.name().toLowerCase(Locale.ROOT), hex));
    return new WorkerReport(
        "write",
        digest.root(),
        digest.size(),
        digest.level2(),
        seconds,
        null,
        new WorkerReport.Received(
            moved.bytesRead(), moved.guestBytesAllocated(), passedOver, Map.copyOf(hashes)),
        null,
        null,
        null,
        null);
  }

  private ConversionResult moved(InPlaceWriter writer, int threads) throws IOException {
    System.err.println("Disks are read over TLS by " + BulkTls.chosen());
    URI url = url();
    Trust trust = trust();
    Wire wire = null;
    try (var workers = new Workers(threads);
        ExportLease.Content content =
            DiskDownload.open(url, trust, "", new Timeouts(CONNECT, silence, silence))) {
      wire = new Wire(content.in());
      ExtentSource disk =
          Conversion.streamOptimized(wire, EnumSet.of(StreamHash.SHA1, StreamHash.SHA256));
      if (disk.size() != size) {
        disk.close();
        throw new IOException(
            "The export holds %d bytes, but the plan says %d.".formatted(disk.size(), size));
      }
      return Conversion.of(disk, writer).workers(workers).progress(new Printed()).run();
    } catch (VSphereFault e) {
      throw HostFault.refused(e, trust);
    } catch (IOException e) {
      // Inside a grain the reader only saw that bytes were missing.
      IOException broken = wire == null ? null : wire.broken;
      throw wire == null || broken == null ? e : HostFault.broke(url.getHost(), wire.count, broken);
    }
  }

  private URI url() throws IOException {
    try {
      return new URI(secret("url"));
    } catch (URISyntaxException e) {
      // Not as the cause, and without its words: the address opens the disk.
      throw new IOException("The export has an address that is none, at character " + e.getIndex());
    }
  }

  private Trust trust() throws IOException {
    String thumbprint = secret("thumbprint");
    if (!thumbprint.isEmpty()) {
      return Trust.thumbprint(thumbprint);
    }
    String authorities = secret("ca");
    return authorities.isEmpty() ? Trust.system() : Trust.authorities(authorities);
  }

  private String secret(String key) throws IOException {
    Path file = source.resolve(key);
    return Files.exists(file) ? Files.readString(file).strip() : "";
  }

  /** Counts what came, and remembers whether it was the wire that broke. */
  private static final class Wire extends StreamTap {
    private volatile long count;
    private volatile @Nullable IOException broken;

    Wire(ReadableByteChannel stream) {
      super(stream);
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      try {
        int got = stream.read(into);
        count += Math.max(0, got);
        return got;
      } catch (IOException e) {
        broken = e;
        throw e;
      }
    }
  }

  /** Says how far it is, every two seconds. */
  private static final class Printed implements io.drover.disk.pipe.Progress {
    private long last;

    @Override
    public void at(long bytesRead, long guestBytes) {
      long now = System.nanoTime();
      if (last == 0 || now - last >= TELL_NANOS) {
        last = now;
        System.out.println("progress " + bytesRead + " " + guestBytes);
      }
    }
  }
}
