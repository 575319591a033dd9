// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Where the lab's VDDK importer reads disks: the place of VMware's library, which is not ours to
 * play, filled by what the lab vCenter knows of its disks.
 */
@FunctionalInterface
public interface VddkSource {

  /** A source for labs without a vCenter: every VDDK import fails with a sentence that says so. */
  VddkSource NONE =
      request -> {
        throw new IOException(
            "the lab cluster was started without a VDDK source; give LabCluster one that reads "
                + request.url());
      };

  /**
   * Opens a disk as of one snapshot.
   *
   * @throws IOException with the words that the importer's log would have
   */
  Disk open(Request request) throws IOException;

  /**
   * What a DataVolume's {@code source.vddk} and its current checkpoint say.
   *
   * @param url SDK URL of the vCenter or host
   * @param uuid uuid of the virtual machine
   * @param backingFile datastore path of the disk
   * @param thumbprint of the server's certificate
   * @param user from the secret
   * @param password from the secret
   * @param current snapshot of this checkpoint, empty without checkpoints
   * @param previous change id or snapshot that the volume already holds; empty for the base copy
   */
  record Request(
      String url,
      String uuid,
      String backingFile,
      String thumbprint,
      String user,
      String password,
      String current,
      String previous) {

    @Override
    public String toString() {
      return "vddk " + backingFile + " of " + uuid + " at " + current + " since " + previous;
    }
  }

  /**
   * A range of a disk.
   *
   * @param offset first byte
   * @param length bytes
   */
  record Area(long offset, long length) {}

  /** An open disk. */
  interface Disk extends Closeable {

    /** Bytes that the guest sees. */
    long size();

    /** What to copy: the stored areas for a base copy, what changed since {@code previous} else. */
    List<Area> areas() throws IOException;

    /** Fills the buffer from an offset. */
    void read(long offset, ByteBuffer into) throws IOException;
  }
}
