// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import io.drover.disk.Conversion;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.raw.RawDisk;
import io.drover.disk.raw.RawWriter;
import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.storage.SparseFiles;
import io.drover.lab.cluster.control.storage.VolumeStore;
import io.drover.lab.cluster.control.storage.VolumeWriter;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/**
 * Brings an image into a volume the way CDI's importer does: raw bytes (maybe compressed) go
 * straight in; a qcow2 or VMDK is staged whole, then read as a disk and written out raw.
 */
final class ImageLanding {

  private static final int CHUNK = 1 << 20;

  private final Path scratch;
  private final ClusterFaults faults;

  ImageLanding(Path scratch, ClusterFaults faults) throws IOException {
    this.scratch = Files.createDirectories(scratch);
    this.faults = faults;
  }

  /** Told of every piece that came in. */
  @FunctionalInterface
  interface Meter {
    void moved(long bytes) throws IOException, InterruptedException;
  }

  /** A place for bytes that are on their way to one volume; what was there is gone. */
  Path stage(String id) throws IOException {
    Path file = scratch.resolve(id + ".tmpimage");
    Files.deleteIfExists(file);
    return file;
  }

  /**
   * Writes a raw stream into a volume from its beginning; the rest of the volume reads as zeros.
   */
  long landRaw(InputStream raw, VolumeStore.Volume volume, Key claim, Meter meter)
      throws IOException, InterruptedException {
    long at = 0;
    byte[] chunk = new byte[CHUNK];
    try (VolumeWriter writer =
        new VolumeWriter(volume, faults, claim.namespace(), claim.name(), true)) {
      int length = raw.readNBytes(chunk, 0, CHUNK);
      while (length > 0) {
        writer.write(at, ByteBuffer.wrap(chunk, 0, length));
        at += length;
        meter.moved(at);
        length = raw.readNBytes(chunk, 0, CHUNK);
      }
    }
    corrupt(volume, claim);
    return at;
  }

  /** Stores a stream, which stays open, as it is. */
  long landStaged(InputStream stream, Path staged, Meter meter)
      throws IOException, InterruptedException {
    long at = 0;
    byte[] chunk = new byte[CHUNK];
    try (OutputStream out = Files.newOutputStream(staged, StandardOpenOption.CREATE_NEW)) {
      int length = stream.readNBytes(chunk, 0, CHUNK);
      while (length > 0) {
        out.write(chunk, 0, length);
        at += length;
        meter.moved(at);
        length = stream.readNBytes(chunk, 0, CHUNK);
      }
    }
    return at;
  }

  /** Reads a staged image as a disk and writes the disk into a volume. */
  void convert(Path staged, VolumeStore.Volume volume, Key claim, Meter meter)
      throws IOException, InterruptedException {
    ImageKind kind;
    try (BufferedInputStream head = new BufferedInputStream(Files.newInputStream(staged))) {
      kind = ImageKind.of(head);
    }
    if (!kind.staged()) {
      try (InputStream raw = Files.newInputStream(staged)) {
        var _ = landRaw(raw, volume, claim, meter);
      }
      return;
    }
    try (GuestDisk disk = open(kind, staged);
        VolumeWriter writer =
            new VolumeWriter(volume, faults, claim.namespace(), claim.name(), true)) {
      if (disk.size() > volume.size()) {
        throw new IOException(
            "Virtual image size "
                + disk.size()
                + " is larger than the reported available storage "
                + volume.size()
                + ". A larger PVC is required.");
      }
      ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
      for (long at = 0; at < disk.size(); at += CHUNK) {
        int length = (int) Math.min(CHUNK, disk.size() - at);
        if (!disk.isZero(at, length)) {
          buffer.clear().limit(length);
          disk.read(at, buffer);
          buffer.flip();
          writer.write(at, buffer);
        }
        meter.moved(at + length);
      }
    }
    corrupt(volume, claim);
  }

  /** A staged image as the disk that it holds; a VMDK stream is unrolled into a raw file first. */
  private static GuestDisk open(ImageKind kind, Path staged) throws IOException {
    if (kind == ImageKind.QCOW2) {
      return Qcow2Disk.open(staged);
    }
    Path raw = staged.resolveSibling(staged.getFileName() + ".raw");
    try (FileChannel stream = FileChannel.open(staged, StandardOpenOption.READ)) {
      var _ =
          Conversion.of(Conversion.streamOptimized(stream, Set.of()), new RawWriter(raw, false))
              .digest(false)
              .run();
    }
    GuestDisk disk = RawDisk.open(raw);
    Files.delete(raw); // stays readable until it is closed
    return disk;
  }

  /** Plays silent corruption on the way: one stored byte differs from what was sent. */
  private void corrupt(VolumeStore.Volume volume, Key claim) throws IOException {
    Optional<Fault> fault =
        faults.strike(Fault.What.CORRUPT_VOLUME, claim.namespace(), claim.name());
    if (fault.isEmpty()) {
      return;
    }
    try (FileChannel file =
        FileChannel.open(volume.image(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long at = fault.get().afterBytes();
      for (SparseFiles.Extent extent : SparseFiles.extents(volume.image())) {
        if (extent.end() > at) {
          at = Math.max(at, extent.start());
          break;
        }
      }
      ByteBuffer one = ByteBuffer.allocate(1);
      var _ = file.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 0x01)).rewind();
      file.write(one, at);
    }
  }
}
