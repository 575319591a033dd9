// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.pipe.Progress;
import io.drover.disk.pipe.Workers;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.raw.RawDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Computes drover-disk-v1 of something that was landed, by reading all of it back. */
public final class DiskDigests {
  private DiskDigests() {}

  /**
   * Of a raw file or block device, as it is.
   *
   * @param size bytes of the guest disk: a volume may be larger than the disk it holds; -1 for all
   * @throws IOException where it cannot be read or is shorter
   */
  public static DiskDigest ofRaw(
      Path path, long size, @Nullable Workers workers, Progress progress, BooleanSupplier stop)
      throws IOException {
    return of(RawDisk.open(path, size), workers, progress, stop);
  }

  /** Of all of a raw file or block device. */
  public static DiskDigest ofRaw(Path path) throws IOException {
    return ofRaw(path, -1, null, Progress.NONE, () -> false);
  }

  /** Of the guest disk inside a qcow2 image. */
  public static DiskDigest ofQcow2(Path path) throws IOException {
    return of(Qcow2Disk.open(path), null, Progress.NONE, () -> false);
  }

  /**
   * Of any disk that can be opened.
   *
   * @param disk closed at the end
   * @param workers the pool to share; null for one thread per core
   * @throws io.drover.disk.image.StoppedException where the stop signal asked for it
   */
  public static DiskDigest of(
      GuestDisk disk, @Nullable Workers workers, Progress progress, BooleanSupplier stop)
      throws IOException {
    Conversion run =
        Conversion.of(Conversion.disk(disk), new DigestOnly()).progress(progress).stop(stop);
    if (workers != null) {
      run.workers(workers);
    }
    DiskDigest digest = run.run().digest();
    if (digest == null) {
      throw new IllegalStateException("A run that digests has a digest");
    }
    return digest;
  }
}
