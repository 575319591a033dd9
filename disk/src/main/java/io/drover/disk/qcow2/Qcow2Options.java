// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

/**
 * How a qcow2 image is written.
 *
 * @param compression of its clusters
 * @param level of the compression: 1 to 9 for zlib, 1 to 19 for zstd; ignored for none
 * @param clusterBytes a power of two from 4 KiB to 2 MiB
 * @param durable whether the finished image is forced to disk
 */
public record Qcow2Options(Compression compression, int level, int clusterBytes, boolean durable) {

  /** What a cluster is stored as. */
  public enum Compression {
    /** As it is. */
    NONE,
    /** Deflate, which every reader understands. */
    ZLIB,
    /**
     * The deflate data of a streamOptimized VMDK's grains moved without compressing it anew; zlib
     * at the level for what comes from elsewhere. It relies on the reader inflating a cluster in
     * one call, as QEMU does: prove it with {@link RewrapProbe} first. Every grain is inflated and
     * checked beside.
     */
    REWRAP,
    /**
     * The same without inflating: only each grain's frame is checked, so the landed volume must be
     * read back. Give {@code digest(false)} with it, since a digest inflates anyway.
     */
    REWRAP_UNCHECKED,
    /** Zstandard: QEMU 5.1 or newer in the reader. */
    ZSTD
  }

  /** Checks the numbers. */
  public Qcow2Options {
    if (Integer.bitCount(clusterBytes) != 1 || clusterBytes < 4096 || clusterBytes > 2 << 20) {
      throw new IllegalArgumentException(
          "Expected a cluster of a power of two from 4096 to 2097152 bytes, but " + clusterBytes);
    }
  }

  /** Plain clusters of 64 KiB, durable: the cheapest to read. */
  public static Qcow2Options plain() {
    return new Qcow2Options(Compression.NONE, 0, 64 << 10, true);
  }

  /** Clusters of 64 KiB compressed with zstd at level 1, durable. */
  public static Qcow2Options zstd() {
    return new Qcow2Options(Compression.ZSTD, 1, 64 << 10, true);
  }

  /** Clusters of 64 KiB compressed with zlib at level 1, durable. */
  public static Qcow2Options zlib() {
    return new Qcow2Options(Compression.ZLIB, 1, 64 << 10, true);
  }

  /** Clusters of 64 KiB that are a VMDK's grains, checked, durable. */
  public static Qcow2Options rewrap() {
    return new Qcow2Options(Compression.REWRAP, 1, 64 << 10, true);
  }

  /** Clusters of 64 KiB that are a VMDK's grains, unchecked, durable. */
  public static Qcow2Options rewrapUnchecked() {
    return new Qcow2Options(Compression.REWRAP_UNCHECKED, 1, 64 << 10, true);
  }

  /** Whether grains are moved as they are. */
  boolean rewraps() {
    return compression == Compression.REWRAP || compression == Compression.REWRAP_UNCHECKED;
  }

  /** The same, forced to disk or not. */
  public Qcow2Options withDurable(boolean force) {
    return new Qcow2Options(compression, level, clusterBytes, force);
  }

  /** The same with another cluster size in bytes. */
  public Qcow2Options withClusterBytes(int bytes) {
    return new Qcow2Options(compression, level, bytes, durable);
  }
}
