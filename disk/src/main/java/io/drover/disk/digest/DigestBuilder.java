// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.digest;

import io.drover.disk.image.Extent;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Collects leaves as they come, in any order and from any thread; extents never reported count as
 * zeros. Holds memory only for groups that were touched.
 */
public final class DigestBuilder {
  private static final int LENGTH = 32;

  private final long size;
  // A group holds its leaves joined, zeros first; it appears by CAS, and one thread at a time
  // writes a leaf (an extent is one job).
  private final AtomicReferenceArray<byte[]> groups;
  private final byte[] zeroGroup;

  /** For a disk of this many bytes. */
  public DigestBuilder(long size) {
    this.size = size;
    groups =
        new AtomicReferenceArray<>(
            Math.toIntExact((size + DiskDigest.GROUP - 1) / DiskDigest.GROUP));
    byte[] zero = LeafHasher.zeroLeaf(Extent.SIZE);
    zeroGroup = new byte[DiskDigest.FAN_OUT * LENGTH];
    for (int i = 0; i < DiskDigest.FAN_OUT; i++) {
      System.arraycopy(zero, 0, zeroGroup, i * LENGTH, LENGTH);
    }
  }

  /** Sets the leaf of an extent; the last one set counts. */
  public void set(long extent, byte[] leaf) {
    int group = (int) (extent / DiskDigest.FAN_OUT);
    byte[] leaves = groups.get(group);
    if (leaves == null) {
      groups.compareAndSet(group, null, zeros(group));
      leaves = groups.get(group);
    }
    System.arraycopy(leaf, 0, leaves, (int) (extent % DiskDigest.FAN_OUT) * LENGTH, LENGTH);
  }

  /** The digest, once all leaves were set and their threads are done. */
  public DiskDigest build() {
    byte[][] all = new byte[groups.length()][];
    for (int i = 0; i < all.length; i++) {
      byte[] leaves = groups.get(i);
      if (leaves == null) {
        leaves = i == all.length - 1 ? zeros(i) : zeroGroup;
      }
      all[i] = leaves;
    }
    return DiskDigest.ofGroups(size, all);
  }

  private byte[] zeros(int group) {
    long extents = Extent.count(size);
    long first = (long) group * DiskDigest.FAN_OUT;
    int count = (int) Math.min(DiskDigest.FAN_OUT, extents - first);
    byte[] leaves = Arrays.copyOf(zeroGroup, count * LENGTH);
    int lastLength = Extent.length(size, first + count - 1);
    if (lastLength != Extent.SIZE) {
      System.arraycopy(LeafHasher.zeroLeaf(lastLength), 0, leaves, (count - 1) * LENGTH, LENGTH);
    }
    return leaves;
  }
}
