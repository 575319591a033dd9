// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.worker;

import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.Extent;
import io.drover.schemas.DiskDifference;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A digest as it travels in a ConfigMap, to find which extents of a landed volume differ: the
 * level-2 list whole, and of each leaf as many bytes as fit. What proves a copy is the root alone,
 * which does not travel this way.
 *
 * <p>Layout, packed by gzip: size (8 bytes), bytes kept of a leaf (1), level 2 (32 each), leaves.
 */
public final class PackedDigest {
  /** Bytes at most, before they are packed: a ConfigMap takes 1 MiB, and base64 adds a third. */
  private static final int MOST = 700_000;

  private static final int WHOLE = 32;
  private static final int ENOUGH = 8;

  /** Ranges named at most: they travel on in a termination message of 4096 bytes. */
  private static final int RANGES = 40;

  private final long size;
  private final byte[] level2;
  private final int kept;
  private final byte[] leaves;

  private PackedDigest(long size, byte[] level2, int kept, byte[] leaves) {
    this.size = size;
    this.level2 = level2;
    this.kept = kept;
    this.leaves = leaves;
  }

  /** Packs a digest; of one too large to travel, an empty array. */
  public static byte[] pack(DiskDigest digest) {
    List<String> groups = digest.level2();
    List<String> all = digest.leaves();
    int fixed = groups.size() * WHOLE;
    if (fixed > MOST) {
      return new byte[0];
    }
    int kept = all.isEmpty() ? 0 : Math.min(ENOUGH, (MOST - fixed) / all.size());
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(new GZIPOutputStream(bytes))) {
      out.writeLong(digest.size());
      out.writeByte(kept);
      for (String group : groups) {
        out.write(HexFormat.of().parseHex(group));
      }
      if (kept > 0) {
        for (String leaf : all) {
          out.write(HexFormat.of().parseHex(leaf, 0, 2 * kept));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Unpacks one.
   *
   * @throws IOException when these bytes are none
   */
  public static PackedDigest unpack(byte[] packed) throws IOException {
    try (var in = new DataInputStream(new GZIPInputStream(new ByteArrayInputStream(packed)))) {
      long size = in.readLong();
      int kept = in.readUnsignedByte();
      long groups = (size + DiskDigest.GROUP - 1) / DiskDigest.GROUP;
      long extents = (size + Extent.SIZE - 1) / Extent.SIZE;
      if (size <= 0 || kept > WHOLE || groups * WHOLE + extents * kept > MOST) {
        throw new IOException("Expected a packed digest, but its size is " + size);
      }
      byte[] level2 = new byte[Math.toIntExact(groups * WHOLE)];
      in.readFully(level2);
      byte[] leaves = new byte[Math.toIntExact(extents * kept)];
      in.readFully(leaves);
      return new PackedDigest(size, level2, kept, leaves);
    }
  }

  /**
   * Where a digest with its leaves differs from this one: by level 2, then the leaves; whole groups
   * where the leaves do not tell.
   *
   * @throws IllegalArgumentException where the sizes differ
   */
  public DiskDifference differences(DiskDigest landed) {
    if (landed.size() != size) {
      throw new IllegalArgumentException(
          "Expected a disk of " + size + " bytes, but it has " + landed.size());
    }
    List<String> groups = landed.level2();
    List<String> theirs = landed.leaves();
    var found = new Found();
    for (int group = 0; group < groups.size(); group++) {
      byte[] other = HexFormat.of().parseHex(groups.get(group));
      int at = group * WHOLE;
      if (Arrays.equals(level2, at, at + WHOLE, other, 0, WHOLE)) {
        continue;
      }
      int first = group * DiskDigest.FAN_OUT;
      int end = (int) Math.min(first + DiskDigest.FAN_OUT, (size + Extent.SIZE - 1) / Extent.SIZE);
      long before = found.extents;
      for (int extent = first; extent < end && kept > 0 && !theirs.isEmpty(); extent++) {
        byte[] leaf = HexFormat.of().parseHex(theirs.get(extent), 0, 2 * kept);
        if (!Arrays.equals(leaves, extent * kept, (extent + 1) * kept, leaf, 0, kept)) {
          found.add(extent);
        }
      }
      if (found.extents == before) {
        for (int extent = first; extent < end; extent++) {
          found.add(extent);
        }
      }
    }
    return new DiskDifference(found.extents, found.ranges);
  }

  /** Joins neighbours, and counts what is not named any more. */
  private final class Found {
    private final List<DiskDifference.Range> ranges = new ArrayList<>();
    private long extents;

    void add(int extent) {
      extents++;
      long offset = (long) extent * Extent.SIZE;
      long length = Math.min(Extent.SIZE, size - offset);
      DiskDifference.Range last = ranges.isEmpty() ? null : ranges.getLast();
      if (last != null && last.offset() + last.length() == offset) {
        ranges.set(
            ranges.size() - 1, new DiskDifference.Range(last.offset(), last.length() + length));
      } else if (ranges.size() < RANGES) {
        ranges.add(new DiskDifference.Range(offset, length));
      }
    }
  }
}
