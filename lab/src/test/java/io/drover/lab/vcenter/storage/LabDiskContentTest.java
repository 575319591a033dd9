// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seeded content, copy-on-write, changed blocks, partition tables, markers. */
class LabDiskContentTest {
  private static final int SIZE = (8 << 20) + 512;
  @TempDir Path folder;

  private LabDiskContent disk(String name, long seed, DiskLayout layout) {
    return new LabDiskContent(folder.resolve(name), SIZE, seed, 1 << 20, layout);
  }

  private static byte[] all(BlockSource source) {
    byte[] bytes = new byte[SIZE];
    for (int i = 0; i * LabDiskContent.BLOCK < SIZE; i++) {
      int at = i * LabDiskContent.BLOCK;
      System.arraycopy(source.block(i), 0, bytes, at, Math.min(LabDiskContent.BLOCK, SIZE - at));
    }
    return bytes;
  }

  @Test
  void theSameSeedGivesTheSameBytes() throws IOException {
    try (LabDiskContent a = disk("a", 5, DiskLayout.GPT_DATA);
        LabDiskContent b = disk("b", 5, DiskLayout.GPT_DATA);
        LabDiskContent c = disk("c", 6, DiskLayout.GPT_DATA)) {
      assertThat(all(a.now())).isEqualTo(all(b.now())).isNotEqualTo(all(c.now()));
      assertThat(folder.resolve("a")).doesNotExist();
    }
  }

  @Test
  void blocksThatAreNotAllocatedAreZeros() throws IOException {
    try (LabDiskContent disk = disk("a", 5, DiskLayout.GPT_LINUX)) {
      BlockSource now = disk.now();
      for (int i = 0; i * LabDiskContent.BLOCK < SIZE; i++) {
        if (!now.allocatedBlocks().get(i)) {
          assertThat(Arrays.equals(now.block(i), new byte[LabDiskContent.BLOCK]))
              .as("block %s", i)
              .isTrue();
        }
      }
    }
  }

  @Test
  void frozenStatesKeepTheirBytesWhateverIsWrittenAndReleased() throws IOException {
    for (int seed = 0; seed < 8; seed++) {
      try (LabDiskContent disk = disk("cow" + seed, seed, DiskLayout.MBR_BOOT)) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] model = all(disk.now());
        List<LabDiskContent.Frozen> states = new ArrayList<>();
        List<byte[]> expected = new ArrayList<>();

        for (int step = 0; step < 60; step++) {
          int what = random.nextInt(10);
          if (what == 0) {
            states.add(disk.freeze());
            expected.add(model.clone());
          } else if (what == 1 && !states.isEmpty()) {
            int gone = random.nextInt(states.size());
            disk.release(states.remove(gone));
            expected.remove(gone);
          } else {
            byte[] bytes = new byte[1 + random.nextInt(100_000)];
            random.nextBytes(bytes);
            int at = random.nextInt(SIZE - bytes.length);
            disk.write(at, bytes);
            System.arraycopy(bytes, 0, model, at, bytes.length);
          }
        }

        assertThat(Arrays.mismatch(all(disk.now()), model)).as("seed %s live", seed).isEqualTo(-1);
        for (int i = 0; i < states.size(); i++) {
          assertThat(Arrays.mismatch(all(states.get(i)), expected.get(i)))
              .as("seed %s state %s", seed, i)
              .isEqualTo(-1);
        }
      }
    }
  }

  @Test
  void changedBlocksCoverWhatWasWrittenBetweenTwoStates() throws IOException {
    try (LabDiskContent disk = disk("cbt", 1, DiskLayout.BLANK)) {
      disk.track(new SplittableRandom(1));
      disk.write(0, new byte[10]);
      String first = disk.closeEpoch();
      disk.write(5L * LabDiskContent.BLOCK - 1, new byte[2]);
      String second = disk.closeEpoch();
      disk.write(5L * LabDiskContent.BLOCK, new byte[2]);

      assertThat(disk.changed(first, second).stream().toArray()).containsExactly(4, 5);
      assertThat(disk.changed(second, null).stream().toArray()).containsExactly(5);
      assertThat(disk.changed(second, second).isEmpty()).isTrue();
      assertThat(disk.changed(second, first)).isNull();
      assertThat(disk.changed("52 de/3", null)).isNull();
      assertThat(first).matches("([0-9a-f]{2} ){7}[0-9a-f]{2}-([0-9a-f]{2} ){7}[0-9a-f]{2}/\\d+");
    }
  }

  @Test
  void aGptHasTwoHeadersWithRightChecksums() throws IOException {
    try (LabDiskContent disk = disk("gpt", 3, DiskLayout.GPT_WINDOWS)) {
      long sectors = SIZE / 512;
      for (long lba : new long[] {1, sectors - 1}) {
        ByteBuffer header =
            ByteBuffer.wrap(disk.read(lba * 512, 512)).order(ByteOrder.LITTLE_ENDIAN);
        int crc = header.getInt(16);
        header.putInt(16, 0);
        CRC32 own = new CRC32();
        own.update(header.array(), 0, 92);
        CRC32 entries = new CRC32();
        entries.update(disk.read(header.getLong(72) * 512, 128 * 128));

        assertThat(new String(header.array(), 0, 8, java.nio.charset.StandardCharsets.US_ASCII))
            .isEqualTo("EFI PART");
        assertThat(crc).isEqualTo((int) own.getValue());
        assertThat(header.getLong(24)).isEqualTo(lba);
        assertThat(header.getInt(88)).isEqualTo((int) entries.getValue());
      }
      assertThat(disk.read(510, 2)).containsExactly(0x55, (byte) 0xaa);
    }
  }

  @Test
  void aFlatCopyIsTheDisk() throws IOException {
    try (LabDiskContent disk = disk("flat", 9, DiskLayout.MBR_BOOT)) {
      disk.write(SIZE - 100, new byte[] {1, 2, 3});
      disk.flatten(folder.resolve("out.raw"));

      assertThat(Arrays.mismatch(Files.readAllBytes(folder.resolve("out.raw")), all(disk.now())))
          .isEqualTo(-1);
    }
  }

  @Test
  void aMarkerVouchesForTheLatestWrites() throws IOException {
    try (LabDiskContent disk = disk("m", 9, DiskLayout.MBR_BOOT)) {
      byte[] data =
          "what the guest wrote last".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      LabGuestMarker marker =
          new LabGuestMarker(
              UUID.randomUUID(),
              UUID.randomUUID(),
              7,
              true,
              List.of(LabGuestMarker.Write.of(2 << 20, data)));
      disk.write(2 << 20, data);
      disk.write(LabGuestMarker.OFFSET, marker.toBytes());
      LabGuestMarker.Verdict good = LabGuestMarker.verify(disk::read);
      disk.write((2 << 20) + 3, new byte[1]);
      LabGuestMarker.Verdict stale = LabGuestMarker.verify(disk::read);
      disk.write(LabGuestMarker.OFFSET + 50, new byte[] {1});
      LabGuestMarker.Verdict torn = LabGuestMarker.verify(disk::read);

      assertThat(good.bootable()).isTrue();
      assertThat(good.marker()).isEqualTo(marker);
      assertThat(stale.bootable()).isFalse();
      assertThat(stale.reason()).contains("2097152");
      assertThat(torn.marker()).isNull();
    }
  }
}
