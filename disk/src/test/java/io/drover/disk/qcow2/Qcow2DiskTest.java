// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.DiskDigests;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.sample.SampleDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Qcow2DiskTest {
  private static final long COPIED = 1L << 63;
  // In the features: the reference counts are not asked.
  private static final long NOT_CLOSED = 1;

  @TempDir Path dir;

  private Path image = Path.of("");

  @BeforeEach
  void write() throws IOException {
    image = dir.resolve("a.qcow2");
    Conversion.of(
            Conversion.disk(SampleDisk.mixed(3 << 20, 13)),
            new Qcow2Writer(image, Qcow2Options.zlib().withDurable(false)))
        .run();
  }

  @Test
  void whatIsNotWholeByItselfIsRefusedByName() throws IOException {
    refuses(in -> in.putLong(8, 4096).putInt(16, 10), "backing file");
    refuses(in -> in.putInt(32, 2), "encrypted");
    refuses(in -> in.putLong(72, 4), "data in another file");
    refuses(in -> in.putLong(72, 16), "extended L2");
    refuses(in -> in.putLong(72, 2), "corrupt");
    refuses(in -> in.putLong(72, 1L << 40), "unknown features");
    refuses(in -> in.putInt(4, 1), "QCOW of version 1");
  }

  @Test
  void aHeaderThatLiesIsRefused() throws IOException {
    refuses(in -> in.putInt(4, 9), "version 9");
    refuses(in -> in.putInt(20, 40), "clusters of 2^40");
    refuses(in -> in.putLong(24, 1L << 60), "64 TiB");
    refuses(in -> in.putInt(36, 0), "L1 table has 0 entries");
    refuses(in -> in.putInt(96, 7), "reference counts of 2^7 bits");
    refuses(in -> in.putInt(100, 1 << 31), "a length of 2147483648");
    refuses(in -> in.putInt(100, 72), "a length of 72");
    refuses(in -> in.putLong(40, 1L << 50), "L1 table claims to stand");
    refuses(in -> in.putLong(40, Long.MAX_VALUE - 65535), "L1 table claims to stand");
  }

  @Test
  void aTableThatLiesIsRefused() throws IOException {
    // Given
    long l1 = ByteBuffer.wrap(Files.readAllBytes(image)).getLong(40);

    // When, Then
    refuses(in -> in.putLong((int) l1, 1L << 63 | 1L << 40), "table claims to stand at byte");
    long l2 = ByteBuffer.wrap(Files.readAllBytes(image)).getLong((int) l1) & ~(1L << 63);
    refuses(in -> in.putLong((int) l2, 1L << 63 | 1L << 40), "claims to be stored at byte");
    refuses(in -> in.putLong((int) l2, 1L << 62 | 1L << 40), "claims to be stored at byte");
  }

  @Test
  void twoPlainClustersAtOnePlaceAreRefused() throws IOException {
    // Given
    Conversion.of(
            Conversion.disk(SampleDisk.mixed(3 << 20, 13)),
            new Qcow2Writer(image, Qcow2Options.plain().withDurable(false)))
        .run();
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(image));
    int l2 = (int) (in.getLong((int) in.getLong(40)) & ~(1L << 63));
    int first = stored(in, l2, 0);
    int second = stored(in, l2, first + 1);

    // When, Then
    refuses(
        bytes -> bytes.putLong(l2 + second * 8, bytes.getLong(l2 + first * 8)),
        "Two clusters claim to be stored at one place");
    refuses(
        bytes -> bytes.putLong(l2 + second * 8, l2),
        "A cluster and a table claim to be stored at one place");
    refuses(
        bytes -> bytes.putLong(l2 + second * 8, bytes.getLong(40)),
        "A cluster and a table claim to be stored at one place");
    refuses(
        bytes -> bytes.putLong(l2 + second * 8, bytes.getLong((int) bytes.getLong(48))),
        "A cluster and a table claim to be stored at one place");
    refuses(
        bytes -> bytes.putLong((int) bytes.getLong(40), bytes.getLong(40) | 1L << 63),
        "Two tables claim to be stored at one place");
  }

  private static int stored(ByteBuffer in, int l2, int from) {
    int cluster = from;
    while (in.getLong(l2 + cluster * 8) == 0) {
      cluster++;
    }
    return cluster;
  }

  @Test
  void whatTheReferenceCountsContradictIsRefused() throws IOException {
    // Given a plain image, the places of its tables, and a compressed one
    Path compressed = Files.move(image, dir.resolve("c.qcow2"));
    Conversion.of(
            Conversion.disk(SampleDisk.mixed(3 << 20, 13)),
            new Qcow2Writer(image, Qcow2Options.plain().withDurable(false)))
        .run();
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(image));
    int l1 = (int) in.getLong(40);
    int l2 = (int) (in.getLong(l1) & ~COPIED);
    int block = (int) in.getLong((int) in.getLong(48));
    int first = stored(in, l2, 0);
    int host = (int) (in.getLong(l2 + first * 8) & ~COPIED) >>> 16;

    // When, Then
    refuses(b -> b.putShort(block, (short) 0), "The qcow2 header is stored where the reference");
    refuses(b -> b.putShort(block + (l1 >>> 16) * 2, (short) 0), "The qcow2 L1 table is stored");
    refuses(b -> b.putShort(block + (l2 >>> 16) * 2, (short) 0), "A table is stored where the");
    refuses(b -> b.putShort(block + host * 2, (short) 0), "A cluster is stored where the");
    refuses(
        b -> b.putShort(block + host * 2, (short) 2),
        "alone at its place, but the reference counts say 2");
    refuses(b -> b.putInt(56, 0), "The qcow2 header is stored where the reference counts say");
    refuses(b -> b.putLong(48, 1L << 40), "The qcow2 reference table claims 65536 bytes at byte");
    refuses(b -> b.putLong(l1, COPIED), "A table claims to be stored, but nowhere");
    refuses(b -> b.putLong(l2 + first * 8, COPIED), "A cluster claims to be stored, but nowhere");
    image = compressed;
    ByteBuffer packed = ByteBuffer.wrap(Files.readAllBytes(image));
    int table = (int) (packed.getLong((int) packed.getLong(40)) & ~COPIED);
    int cluster = stored(packed, table, 0);
    refuses(b -> b.putLong(table + cluster * 8, 1L << 16), "Two clusters claim");
  }

  @Test
  void theCountsOfAnImageThatWasNotClosedAreNotAsked() throws IOException {
    // Given
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    in.putLong(72, NOT_CLOSED).putLong(48, 0);

    // When
    Files.write(dir.resolve("b.qcow2"), bytes);

    // Then
    assertThat(DiskDigests.ofQcow2(dir.resolve("b.qcow2"))).isEqualTo(DiskDigests.ofQcow2(image));
  }

  @Test
  void aDiskThatWasMadeShorterInItsHeaderIsRefused() throws IOException {
    refuses(in -> in.putLong(24, 1 << 20), "A cluster is mapped behind the end of the disk");
    refuses(in -> in.putLong(24, (3 << 20) + 1), "3145729 bytes, which are no whole sectors");
  }

  @Test
  void twoTablesAtOnePlaceAreRefused() throws IOException {
    // Given an image of two tables
    Conversion.of(
            Conversion.disk(SampleDisk.mixed(3 << 20, 13)),
            new Qcow2Writer(image, Qcow2Options.plain().withClusterBytes(4096).withDurable(false)))
        .run();

    // When, Then
    refuses(
        bytes -> {
          int l1 = (int) bytes.getLong(40);
          bytes.putLong(l1 + 8, bytes.getLong(l1));
        },
        "Two tables claim to be stored at one place");
  }

  @Test
  void aBombOfCompressedClustersIsRefused() throws IOException {
    // Given a disk of 8 GiB whose 131072 clusters all are the first one
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(image));
    int l2 = (int) (in.getLong((int) in.getLong(40)) & ~(1L << 63));
    int cluster = 0;
    while ((in.getLong(l2 + cluster * 8) & 1L << 62) == 0) {
      cluster++;
    }
    long entry = in.getLong(l2 + cluster * 8);
    int tables = 16;
    int at = (int) (Files.size(image) + 65535 & -65536);
    ByteBuffer bomb = ByteBuffer.allocate(at + tables * 65536).put(in);
    for (int i = 0; i < tables; i++) {
      bomb.putLong((int) bomb.getLong(40) + i * 8, at + i * 65536L | 1L << 63);
      for (int j = 0; j < 8192; j++) {
        bomb.putLong(at + i * 65536 + j * 8, entry);
      }
    }
    bomb.putLong(24, 8L << 30).putInt(36, tables).putLong(72, NOT_CLOSED);
    Path file = Files.write(dir.resolve("bomb.qcow2"), bomb.array());

    // When, Then
    assertThatThrownBy(() -> DiskDigests.ofQcow2(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("Two compressed clusters claim to be stored at one place");
  }

  @Test
  void moreCompressedClustersThanHaveRoomAreRefused() throws IOException {
    // Given two tables whose clusters all begin in one piece of 64 KiB, no two of a table at a byte
    int cluster = 64 << 10;
    ByteBuffer in = ByteBuffer.allocate(6 * cluster);
    in.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, 1L << 30);
    in.putInt(36, 2).putLong(40, cluster).putLong(72, NOT_CLOSED).putInt(96, 4).putInt(100, 104);
    in.putLong(cluster, 2 * cluster).putLong(cluster + 8, 3 * cluster);
    for (int i = 0; i < 2 * 8192; i++) {
      in.putLong(2 * cluster + i * 8, 1L << 62 | 4 * cluster + i % 8192);
    }
    Path crowded = Files.write(dir.resolve("crowded"), in.array());

    // When, Then
    try (Qcow2Disk disk = Qcow2Disk.open(crowded)) {
      assertThat(disk.isZero(0, 1)).isFalse();
      assertThatThrownBy(() -> disk.isZero(512 << 20, 1))
          .isInstanceOf(DiskFormatException.class)
          .hasMessageContaining("More compressed clusters than have room there");
    }
  }

  /** Its tables stand in front of its data, as in what qemu-img writes. */
  @Test
  void anImageThatEndsInsideItsLastClusterIsRefused() throws IOException {
    // Given
    int cluster = 64 << 10;
    ByteBuffer in = ByteBuffer.allocate(5 * cluster);
    in.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, 2L * cluster);
    in.putInt(36, 1).putLong(40, cluster).putLong(72, NOT_CLOSED).putInt(96, 4).putInt(100, 104);
    in.putLong(cluster, 2L * cluster | 1L << 63);
    in.putLong(2 * cluster, 3L * cluster | 1L << 63)
        .putLong(2 * cluster + 8, 4L * cluster | 1L << 63);
    Path whole = Files.write(dir.resolve("whole"), in.array());
    assertThat(DiskDigests.ofQcow2(whole).size()).isEqualTo(2L * cluster);
    Path cut = Files.write(dir.resolve("cut"), Arrays.copyOf(in.array(), 5 * cluster - 512));

    // When, Then
    assertThatThrownBy(() -> DiskDigests.ofQcow2(cut))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("ends inside a cluster");
  }

  @Test
  void aDamagedClusterNamesItself() throws IOException {
    // Given a compressed cluster that begins with a block of a type that deflate has not
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(image));
    long l2 = in.getLong((int) in.getLong(40)) & ~(1L << 63);
    int cluster = 0;
    while ((in.getLong((int) l2 + cluster * 8) & 1L << 62) == 0) {
      cluster++;
    }
    long place = CompressedEntry.offset(in.getLong((int) l2 + cluster * 8), 65536);

    // When, Then
    refuses(bytes -> bytes.put((int) place, (byte) 7), "grain " + cluster);
  }

  private void refuses(Consumer<ByteBuffer> damage, String why) throws IOException {
    byte[] bytes = Files.readAllBytes(image);
    damage.accept(ByteBuffer.wrap(bytes));
    Path damaged = Files.write(dir.resolve("damaged.qcow2"), bytes);
    assertThatThrownBy(() -> DiskDigests.ofQcow2(damaged))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining(why);
  }
}
