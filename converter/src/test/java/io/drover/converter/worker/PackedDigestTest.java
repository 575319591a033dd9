// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.DiskDigests;
import io.drover.disk.digest.DiskDigest;
import io.drover.schemas.DiskDifference.Range;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where two disks differ, by what travels of a digest. */
class PackedDigestTest {
  private static final long EXTENT = 4 << 20;

  @TempDir Path folder;

  /** A sparse disk with one byte set at each offset. */
  private DiskDigest disk(long size, long... ones) throws IOException {
    Path file = folder.resolve("disk-" + ones.length + "-" + System.nanoTime());
    try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(size);
      for (long at : ones) {
        disk.seek(at);
        disk.write(1);
      }
    }
    try {
      return DiskDigests.ofRaw(file);
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void theSameDiskDiffersNowhere() throws IOException {
    DiskDigest disk = disk(2 * EXTENT + 512, 7);

    var difference = PackedDigest.unpack(PackedDigest.pack(disk)).differences(disk);

    assertThat(difference.extents()).isZero();
    assertThat(difference.ranges()).isEmpty();
  }

  @Test
  void extentsThatDifferAreNamedAndNeighboursJoined() throws IOException {
    long size = 9 * EXTENT + 512;
    DiskDigest source = disk(size, 7);

    var difference =
        PackedDigest.unpack(PackedDigest.pack(source))
            .differences(disk(size, 3 * EXTENT, 4 * EXTENT + 9, 9 * EXTENT));

    assertThat(difference.extents()).isEqualTo(4);
    assertThat(difference.ranges())
        .containsExactly(
            new Range(0, EXTENT), new Range(3 * EXTENT, 2 * EXTENT), new Range(9 * EXTENT, 512));
  }

  @Test
  void differencesAreFoundAcrossGroups() throws IOException {
    long size = 3 * DiskDigest.GROUP;

    var difference =
        PackedDigest.unpack(PackedDigest.pack(disk(size)))
            .differences(disk(size, 2 * DiskDigest.GROUP + 5));

    assertThat(difference.ranges()).containsExactly(new Range(2 * DiskDigest.GROUP, EXTENT));
  }

  @Test
  void withoutLeavesTheWholeGroupIsNamed() throws IOException {
    long size = DiskDigest.GROUP + EXTENT;
    DiskDigest source = disk(size, 5);
    DiskDigest rough = DiskDigest.ofLevel2(size, source.level2());

    var difference =
        PackedDigest.unpack(PackedDigest.pack(rough)).differences(disk(size, 5, 9 * EXTENT));

    assertThat(difference.extents()).isEqualTo(DiskDigest.FAN_OUT);
    assertThat(difference.ranges()).containsExactly(new Range(0, DiskDigest.GROUP));
  }

  @Test
  void whatIsNoDigestIsRefused() {
    assertThatThrownBy(() -> PackedDigest.unpack(new byte[] {1, 2, 3}))
        .isInstanceOf(IOException.class);
  }
}
