// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.digest;

import io.drover.disk.image.Extent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The digest {@code drover-disk-v1} of the bytes a guest sees: a SHA-256 over each extent of 4 MiB
 * (the leaves; what is not stored counts as zeros), over each 256 leaves in a row (level 2, a GiB
 * each), and over the name, the size and level 2 (the root). Two disks are equal where their roots
 * are; where they are not, level 2 and the leaves tell which extents differ.
 */
public final class DiskDigest {
  /** The name, hashed into the root. */
  public static final String NAME = "drover-disk-v1";

  /** Leaves under one level-2 digest. */
  public static final int FAN_OUT = 256;

  /** Bytes of guest disk under one level-2 digest. */
  public static final long GROUP = (long) FAN_OUT * Extent.SIZE;

  private static final int LENGTH = 32;

  private final long size;
  private final byte[] root;
  private final byte[] level2;
  // 256 leaves to an array; the arrays of zero groups are one and the same object.
  private final byte @Nullable [][] groups;

  private DiskDigest(long size, byte[] level2, byte @Nullable [][] groups) {
    this.size = size;
    this.level2 = level2;
    this.groups = groups;
    MessageDigest sha = Sha256.newDigest();
    sha.update(NAME.getBytes(StandardCharsets.US_ASCII));
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(size).flip());
    root = sha.digest(level2);
  }

  /** From the leaves of each group, joined. */
  static DiskDigest ofGroups(long size, byte[][] groups) {
    MessageDigest sha = Sha256.newDigest();
    byte[] level2 = new byte[Math.multiplyExact(groups.length, LENGTH)];
    byte[] last = new byte[0];
    byte[] lastDigest = new byte[0];
    for (int i = 0; i < groups.length; i++) {
      if (groups[i] != last) {
        last = groups[i];
        lastDigest = sha.digest(last);
      }
      System.arraycopy(lastDigest, 0, level2, i * LENGTH, LENGTH);
    }
    return new DiskDigest(size, level2, groups);
  }

  /**
   * From a level-2 list, as it travels in a ConfigMap. Such a digest has no leaves.
   *
   * @param size bytes of the guest disk
   * @param level2 hex, one SHA-256 for each GiB begun
   * @throws IllegalArgumentException where an entry is no SHA-256 or the number does not fit
   */
  public static DiskDigest ofLevel2(long size, List<String> level2) {
    long groups = (size + GROUP - 1) / GROUP;
    if (level2.size() != groups) {
      throw new IllegalArgumentException(
          "Expected " + groups + " level-2 digests for " + size + " bytes, but " + level2.size());
    }
    byte[] bytes = new byte[Math.toIntExact(groups * LENGTH)];
    for (int i = 0; i < level2.size(); i++) {
      byte[] one = HexFormat.of().parseHex(level2.get(i));
      if (one.length != LENGTH) {
        throw new IllegalArgumentException("Expected 64 hex digits, but " + level2.get(i));
      }
      System.arraycopy(one, 0, bytes, i * LENGTH, LENGTH);
    }
    return new DiskDigest(size, bytes, null);
  }

  /** Bytes of the guest disk. */
  public long size() {
    return size;
  }

  /** The root, 64 hex digits. */
  public String root() {
    return HexFormat.of().formatHex(root);
  }

  /** The level-2 list, 64 hex digits for each GiB begun, in guest order. */
  public List<String> level2() {
    return split(level2);
  }

  /** The leaves, 64 hex digits for each 4 MiB begun; empty where only level 2 is known. */
  public List<String> leaves() {
    if (groups == null) {
      return List.of();
    }
    List<String> list = new ArrayList<>();
    for (byte[] group : groups) {
      list.addAll(split(group));
    }
    return list;
  }

  /**
   * Where two digests differ: extents where both know their leaves, whole GiB where one does not.
   * Neighbours are joined. Empty exactly where the roots are equal.
   *
   * @throws IllegalArgumentException where the sizes differ: then nothing can be compared
   */
  public List<ByteRange> differences(DiskDigest other) {
    if (size != other.size) {
      throw new IllegalArgumentException(
          "Expected two disks of one size, but " + size + " and " + other.size + " bytes");
    }
    List<ByteRange> ranges = new ArrayList<>();
    for (int i = 0; i * LENGTH < level2.length; i++) {
      int at = i * LENGTH;
      if (Arrays.equals(level2, at, at + LENGTH, other.level2, at, at + LENGTH)) {
        continue;
      }
      if (groups != null && other.groups != null) {
        compareLeaves(i * GROUP, groups[i], other.groups[i], ranges);
      } else {
        add(ranges, i * GROUP, GROUP);
      }
    }
    return ranges;
  }

  private void compareLeaves(long start, byte[] mine, byte[] theirs, List<ByteRange> ranges) {
    for (int at = 0; at < mine.length; at += LENGTH) {
      if (!Arrays.equals(mine, at, at + LENGTH, theirs, at, at + LENGTH)) {
        add(ranges, start + (long) at / LENGTH * Extent.SIZE, Extent.SIZE);
      }
    }
  }

  private void add(List<ByteRange> ranges, long offset, long length) {
    long from = offset;
    long end = Math.min(size, offset + length);
    if (!ranges.isEmpty() && ranges.getLast().end() == from) {
      from = ranges.removeLast().offset();
    }
    ranges.add(new ByteRange(from, end - from));
  }

  private static List<String> split(byte[] digests) {
    List<String> list = new ArrayList<>(digests.length / LENGTH);
    for (int at = 0; at < digests.length; at += LENGTH) {
      list.add(HexFormat.of().formatHex(digests, at, at + LENGTH));
    }
    return List.copyOf(list);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DiskDigest that && Arrays.equals(root, that.root);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(root);
  }

  @Override
  public String toString() {
    return NAME + ":" + root();
  }
}
