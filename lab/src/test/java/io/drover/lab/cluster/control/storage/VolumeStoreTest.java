// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.faults.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The storage array of the lab: sparse files, copies, room, and a device that fills up. */
class VolumeStoreTest {

  private static final long GIB = 1L << 30;

  @TempDir private Path folder;

  @Test
  void aCopyOfASparseVolumeHoldsItsBytesAndStaysSparse() throws IOException {
    // Given
    VolumeStore store = new VolumeStore(folder, 100 * GIB);
    VolumeStore.Volume volume = store.create("pvc-1", true, 8 * GIB);
    write(volume.image(), 3 * GIB, "in the middle of nothing");
    store.markConverted(volume);

    // When
    VolumeStore.Volume snapshot = store.takeSnapshot(volume, "snap-1");

    // Then
    VolumeStore.Volume copy = store.copy(snapshot, "pvc-2", false, 9 * GIB);
    assertThat(Files.size(copy.image())).isEqualTo(9 * GIB);
    assertThat(read(copy.image(), 3 * GIB, 24)).isEqualTo("in the middle of nothing");
    assertThat(SparseFiles.extents(copy.image()).stream().mapToLong(e -> e.end() - e.start()).sum())
        .isLessThan(4 << 20);
    assertThat(copy.image().getFileName()).hasToString("disk.img");
    assertThat(store.converted(copy)).isTrue();
  }

  @Test
  void aFullStoreRefusesWithTheNumbers() throws IOException {
    // Given
    VolumeStore store = new VolumeStore(folder, 10 * GIB);
    var _ = store.create("pvc-1", true, 8 * GIB);

    // When / Then
    assertThatThrownBy(() -> store.create("pvc-2", true, 4 * GIB))
        .isInstanceOf(VolumeStore.NoRoom.class)
        .hasMessageContaining("needs 4294967296 bytes, the pool has 2147483648 left");
  }

  @Test
  void bytesAreZeroOnlyIfEachOneIs() {
    for (int length : new int[] {0, 1, 2, 7, 8, 9, 4096}) {
      assertThat(SparseFiles.zero(ByteBuffer.allocate(length))).isTrue();
      for (int at = 0; at < length; at++) {
        byte[] bytes = new byte[length + 2];
        bytes[0] = 1;
        bytes[length + 1] = 1;
        ByteBuffer between = ByteBuffer.wrap(bytes, 1, length);
        assertThat(SparseFiles.zero(between)).isTrue();
        bytes[1 + at] = 1;
        assertThat(SparseFiles.zero(between)).isFalse();
      }
    }
  }

  @Test
  void aDeletedVolumeLeavesNothing() throws IOException {
    // Given
    VolumeStore store = new VolumeStore(folder, 10 * GIB);
    store.markConverted(store.create("pvc-1", false, GIB));

    // When
    store.delete("pvc-1");

    // Then
    assertThat(folder.resolve("volumes")).isEmptyDirectory();
    assertThat(store.provisioned()).isZero();
  }

  @Test
  void aDeviceThatARuleFillsUpSaysSoAtItsByte() throws IOException {
    // Given
    VolumeStore store = new VolumeStore(folder, 10 * GIB);
    ClusterFaults faults = new ClusterFaults();
    var _ = faults.add(Fault.on(Fault.What.VOLUME_FULL, "ns", "claim").afterBytes(128 << 10));
    byte[] ones = new byte[256 << 10];
    java.util.Arrays.fill(ones, (byte) 1);

    // When
    try (VolumeWriter writer =
        new VolumeWriter(store.create("pvc-1", true, GIB), faults, "ns", "claim", true)) {

      // Then
      assertThatThrownBy(() -> writer.write(0, ByteBuffer.wrap(ones)))
          .hasMessage("no space left on device");
      assertThat(writer.written()).isEqualTo(128 << 10);
    }
  }

  private static void write(Path file, long at, String text) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)), at);
    }
  }

  private static String read(Path file, long at, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var _ = channel.read(buffer, at);
    }
    return new String(buffer.array(), java.nio.charset.StandardCharsets.UTF_8);
  }
}
