// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.storage;

import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.faults.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Writes into a volume as a device would take it: not past its end, and not past the point where a
 * rule says the pool is full. Zero blocks become (or stay) holes.
 */
public final class VolumeWriter implements AutoCloseable {

  private static final int HOLE_UNIT = 64 << 10;

  private final VolumeStore.Volume volume;
  private final FileChannel file;
  private final Optional<Fault> full;
  private final boolean fresh;
  private long written;

  /**
   * Opens a volume for writing.
   *
   * @param namespace namespace of the claim, for fault rules
   * @param claim name of the claim, for fault rules
   * @param fresh empty the volume first: a retried transfer must not see leftovers
   */
  public VolumeWriter(
      VolumeStore.Volume volume,
      ClusterFaults faults,
      String namespace,
      String claim,
      boolean fresh)
      throws IOException {
    this.volume = volume;
    this.file = FileChannel.open(volume.image(), StandardOpenOption.READ, StandardOpenOption.WRITE);
    this.full = faults.strike(Fault.What.VOLUME_FULL, namespace, claim);
    this.fresh = fresh;
    if (fresh) {
      file.truncate(0);
      file.write(ByteBuffer.allocate(1), volume.size() - 1);
    }
  }

  /** Bytes that the volume takes. */
  public long size() {
    return volume.size();
  }

  /** Bytes stored so far, holes not counted. */
  public long written() {
    return written;
  }

  /**
   * Writes all remaining bytes at a position.
   *
   * @throws IOException "no space left on device" past the end, or where a rule says so
   */
  public void write(long position, ByteBuffer bytes) throws IOException {
    long end = position + bytes.remaining();
    if (end > volume.size()) {
      throw new IOException(
          "Virtual image size "
              + end
              + " is larger than the reported available storage "
              + volume.size()
              + ". A larger PVC is required.");
    }
    long at = position;
    while (bytes.hasRemaining()) {
      int length = (int) Math.min(HOLE_UNIT - at % HOLE_UNIT, bytes.remaining());
      ByteBuffer piece = bytes.slice(bytes.position(), length);
      bytes.position(bytes.position() + length);
      if (!fresh || !SparseFiles.zero(piece)) {
        if (full.isPresent() && written + length > full.get().afterBytes()) {
          throw new IOException(
              full.get().message().isEmpty() ? "no space left on device" : full.get().message());
        }
        written += length;
        long to = at;
        while (piece.hasRemaining()) {
          to += file.write(piece, to);
        }
      }
      at += length;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
