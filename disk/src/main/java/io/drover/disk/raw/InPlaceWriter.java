// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.FileIdentity;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.LockedFile;
import io.drover.disk.image.RefusedException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a disk into a volume that exists: a block device, or the image file of a mounted
 * filesystem volume. What the disk does not store is made zeros at the end, by punching holes where
 * the system can, unless the volume is known to be zeros. A volume may be larger than the disk;
 * what lies behind is left alone.
 */
public final class InPlaceWriter extends BlockSink {
  private final Path path;
  private final LockedFile file;
  private final FileIdentity identity;
  private long size;

  /**
   * Opens the volume for writing.
   *
   * @param path a block device or an existing file
   * @param blank whether all of it is known to read as zeros: false where any attempt was made
   *     before, unless its journal is gone on with
   * @throws io.drover.disk.image.InUseException where somebody else has it locked, such as another
   *     of these or a QEMU
   */
  public InPlaceWriter(Path path, boolean blank) throws IOException {
    super(blank);
    this.path = path;
    identity = new FileIdentity(path);
    file = LockedFile.open(path, path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /**
   * Reads each block before it is written, and leaves it where it is the same: goes on after an
   * attempt of which nothing is known but what stands on the volume. Costs a read of what is there,
   * saves a write of it. It is read past the system's cache; where that cannot be, every block is
   * written.
   */
  public InPlaceWriter passOverWhatIsThere() {
    compare();
    return this;
  }

  /** Guest bytes that {@link #passOverWhatIsThere} left as they were. */
  public long passedOver() {
    return left();
  }

  @Override
  public void begin(long guestSize) throws IOException {
    long has = file.channel().size();
    if (has < guestSize) {
      throw new RefusedException(
          "Expected room for "
              + guestSize
              + " bytes in "
              + path
              + ", but it has "
              + has
              + ". Ask for a larger volume");
    }
    blocks(path, guestSize);
    size = guestSize;
  }

  @Override
  FileChannel channel() {
    return file.channel();
  }

  @Override
  public void finish() throws IOException {
    zeroTheRest();
    forceAll();
    identity.demand();
  }

  @Override
  public GuestDisk reopen() throws IOException {
    return RawDisk.open(path, size);
  }

  @Override
  public String kind() {
    return "in place";
  }

  @Override
  public boolean hasEarlier() {
    return true;
  }

  @Override
  public void beginAgain(long guestSize, long end) throws IOException {
    begin(guestSize);
    // What the earlier attempt wrote after its last checkpoint must not stay.
    soil();
  }

  @Override
  public void keep() {}

  @Override
  public void close() throws IOException {
    try (file) {
      super.close();
    }
  }
}
