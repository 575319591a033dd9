// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/**
 * The digest {@code drover-disk-v1} of the guest-visible bytes of a disk: extents of 4 MiB, leaf =
 * SHA-256 of an extent, level 2 = SHA-256 of 256 leaves, root = SHA-256("drover-disk-v1" ‖ size ‖
 * level 2). An extent that is not stored counts as zeros.
 *
 * @param algorithm always {@code drover-disk-v1}
 * @param size guest-visible size in bytes
 * @param root lower-case hex of the root
 */
public record DiskDigest(String algorithm, long size, String root) {
  public static final String V1 = "drover-disk-v1";

  public static DiskDigest v1(long size, String root) {
    return new DiskDigest(V1, size, root);
  }
}
