// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStream;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.PartialFile;
import io.drover.disk.image.StoppedException;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Workers;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.RawStream;
import io.drover.disk.raw.RawWriter;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.vmdk.StreamOptimizedWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConversionTest {
  private static final int SIZE = 37 * (1 << 20) + 512 * 77;

  @TempDir Path dir;

  private final SampleDisk disk = SampleDisk.mixed(SIZE, 7);

  @ParameterizedTest
  @ValueSource(strings = {"NONE", "ZLIB", "ZSTD"})
  void anExportBecomesQcow2WithTheSameGuestBytes(String compression) throws Exception {
    // Given
    byte[] vmdk = esxi(disk);
    Path image = dir.resolve("a.qcow2");
    Qcow2Options options =
        new Qcow2Options(Qcow2Options.Compression.valueOf(compression), 1, 64 << 10, false);

    // When
    ConversionResult result =
        Conversion.of(
                source(vmdk, StreamHash.SHA1, StreamHash.SHA256), new Qcow2Writer(image, options))
            .run();

    // Then
    try (GuestDisk back = Qcow2Disk.open(image)) {
      assertThat(read(back)).isEqualTo(disk.bytes());
    }
    assertThat(result.digest()).isEqualTo(DiskDigests.ofQcow2(image));
    assertThat(result.bytesRead()).isEqualTo(vmdk.length);
    assertThat(result.streamHashes())
        .containsEntry(StreamHash.SHA1, hex("SHA-1", vmdk))
        .containsEntry(StreamHash.SHA256, hex("SHA-256", vmdk));
  }

  @Test
  void anExportBecomesARawFileWithTheSameGuestBytes() throws Exception {
    // Given
    byte[] vmdk = esxi(disk);
    Path image = dir.resolve("a.raw");

    // When
    ConversionResult result = Conversion.of(source(vmdk), new RawWriter(image, false)).run();

    // Then
    assertThat(Files.readAllBytes(image)).isEqualTo(disk.bytes());
    assertThat(result.digest()).isEqualTo(DiskDigests.ofRaw(image));
    assertThat(PartialFile.partialOf(image)).doesNotExist();
  }

  @Test
  void theDigestIsWhatTheDefinitionSays() throws Exception {
    // Given a definition written out by hand
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    ByteArrayOutputStream leaves = new ByteArrayOutputStream();
    for (int at = 0; at < SIZE; at += 4 << 20) {
      sha.update(disk.bytes(), at, Math.min(4 << 20, SIZE - at));
      leaves.write(sha.digest());
    }
    byte[] level2 = sha.digest(leaves.toByteArray());
    sha.update("drover-disk-v1".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    sha.update(ByteBuffer.allocate(8).putLong(SIZE).array());
    byte[] root = sha.digest(level2);

    // When
    DiskDigest digest = DiskDigests.of(disk, null, (bytes, guest) -> {}, () -> false);

    // Then
    assertThat(digest.root()).isEqualTo(HexFormat.of().formatHex(root));
    assertThat(digest.level2()).containsExactly(HexFormat.of().formatHex(level2));
    assertThat(DiskDigest.ofLevel2(SIZE, digest.level2())).isEqualTo(digest);
  }

  @Test
  void aDigestNamesTheExtentsThatDiffer() throws Exception {
    // Given
    byte[] other = disk.bytes().clone();
    other[9 << 20] ^= 1;
    other[SIZE - 1] ^= 1;
    DiskDigest mine = DiskDigests.of(disk, null, (bytes, guest) -> {}, () -> false);
    DiskDigest theirs =
        DiskDigests.of(new SampleDisk(other), null, (bytes, guest) -> {}, () -> false);

    // When
    List<String> ranges = mine.differences(theirs).stream().map(Object::toString).toList();

    // Then
    assertThat(ranges).containsExactly("[8388608, 12582912)", "[37748736, " + SIZE + ")");
  }

  @Test
  void aRawStreamCarriesEveryByteInOrder() throws Exception {
    // Given
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    // When
    ConversionResult result =
        Conversion.of(source(esxi(disk)), RawStream.raw(Channels.newChannel(out))).run();

    // Then
    assertThat(out.toByteArray()).isEqualTo(disk.bytes());
    assertThat(result.digest()).isEqualTo(digest(disk));
  }

  @Test
  void aZstdStreamCarriesEveryByteInOrder() throws Exception {
    // Given
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    // When
    Conversion.of(source(esxi(disk)), RawStream.zstd(RawStream.channel(out), 1)).run();

    // Then
    try (ZstdInputStream in =
        new ZstdInputStream(new ByteArrayInputStream(out.toByteArray())).setContinuous(true)) {
      assertThat(in.readAllBytes()).isEqualTo(disk.bytes());
    }
  }

  @Test
  void aMostlyEmptyDiskIsWrittenWithoutItsZeros() throws Exception {
    // Given 3 TiB with one byte
    GuestDisk wide = new OneByteDisk(3L << 40, (2L << 40) + 12345);
    ByteArrayOutputStream vmdk = new ByteArrayOutputStream();
    StreamOptimizedWriter.stream(wide, Channels.newChannel(vmdk), 1);
    Path image = dir.resolve("wide.qcow2");

    // When
    ConversionResult result =
        Conversion.of(
                source(vmdk.toByteArray()),
                new Qcow2Writer(image, Qcow2Options.plain().withDurable(false)))
            .run();

    // Then
    assertThat(result.guestBytesAllocated()).isEqualTo(64 << 10);
    assertThat(Files.size(image)).isLessThan(1 << 20);
    assertThat(result.digest()).isEqualTo(DiskDigests.ofQcow2(image));
  }

  @Test
  void severalDisksShareOnePool() throws Exception {
    // Given
    byte[] vmdk = esxi(disk);
    try (Workers workers = new Workers(2)) {
      // When
      List<DiskDigest> digests =
          java.util.stream.IntStream.range(0, 4)
              .parallel()
              .mapToObj(i -> {
                try {
                  return Conversion.of(source(vmdk), new RawWriter(dir.resolve("d" + i), false))
                      .workers(workers)
                      .run()
                      .digest();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              })
              .toList();

      // Then
      assertThat(digests).hasSize(4).containsOnly(digest(disk));
    }
  }

  @Test
  void aStoppedConversionLeavesNothingBehind() throws Exception {
    // Given
    Path image = dir.resolve("a.qcow2");
    AtomicLong seen = new AtomicLong();
    Conversion conversion =
        Conversion.of(source(esxi(disk)), new Qcow2Writer(image, Qcow2Options.plain()))
            .progress((bytes, guest) -> seen.set(guest))
            .stop(() -> seen.get() > 8 << 20);

    // When
    Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(conversion::run);

    // Then
    assertThat(thrown).isInstanceOf(StoppedException.class);
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void aSinkThatTakesNothingMoreIsLeftWhenStopped() throws Exception {
    // Given an upload whose other end stalls, as a pipe that nobody reads
    java.nio.channels.Pipe pipe = java.nio.channels.Pipe.open();
    AtomicLong seen = new AtomicLong();
    long deadline = System.nanoTime() + java.time.Duration.ofMillis(700).toNanos();
    Conversion conversion =
        Conversion.of(source(esxi(disk)), RawStream.raw(pipe.sink()))
            .progress((bytes, guest) -> seen.set(guest))
            .stop(() -> System.nanoTime() > deadline);

    // When
    Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(conversion::run);

    // Then: it ended, and had not read on while nothing was taken
    assertThat(thrown).isInstanceOf(StoppedException.class);
    assertThat(seen.get()).isLessThan(disk.size());
    pipe.source().close();
  }

  @Test
  void aSinkThatFailsEndsTheRunWithItsError() throws Exception {
    // Given
    OutputStream broken =
        new OutputStream() {
          private int taken;

          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int from, int count) throws IOException {
            taken += count;
            if (taken > 9 << 20) {
              throw new IOException("no space left at the other end");
            }
          }
        };
    Conversion conversion =
        Conversion.of(source(esxi(disk)), RawStream.raw(RawStream.channel(broken)));

    // When, Then
    assertThatThrownBy(conversion::run).hasMessage("no space left at the other end");
  }

  @Test
  void grainsOutOfOrderAreTakenByAFileAndRefusedByAStream() throws Exception {
    // Given
    byte[] shuffled = ShuffledVmdk.of(disk, 3);
    Path image = dir.resolve("a.qcow2");

    // When
    ConversionResult result =
        Conversion.of(
                source(shuffled), new Qcow2Writer(image, Qcow2Options.plain().withDurable(false)))
            .run();

    // Then
    assertThat(result.digest()).isEqualTo(digest(disk)).isEqualTo(DiskDigests.ofQcow2(image));
    assertThatThrownBy(() ->
            Conversion.of(
                    source(shuffled),
                    RawStream.raw(RawStream.channel(OutputStream.nullOutputStream())))
                .run())
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("ascending order")
        .hasMessageContaining("Convert it to a raw or qcow2 image");
  }

  @Test
  void aQcow2ImageHasWholeSectors() {
    // Given
    Conversion conversion =
        Conversion.of(
            Conversion.disk(SampleDisk.mixed(1000, 1)),
            new Qcow2Writer(dir.resolve("a.qcow2"), Qcow2Options.plain()));

    // When, Then: QEMU would leave out what is behind the last whole one
    assertThatThrownBy(conversion::run).hasMessageContaining("whole sectors of 512 bytes");
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void aDiskThatIsTooLargeForItsClustersIsRefused() {
    // Given
    Qcow2Options small = Qcow2Options.plain().withClusterBytes(4096);
    Conversion conversion =
        Conversion.of(
            Conversion.disk(new OneByteDisk(9L << 40, 0)),
            new Qcow2Writer(dir.resolve("a.qcow2"), small));

    // When, Then
    assertThatThrownBy(conversion::run)
        .hasMessageContaining("at most 8796093022208 bytes for clusters of 4096")
        .hasMessageContaining("Use larger clusters");
  }

  @ParameterizedTest
  @ValueSource(longs = {Conversion.LEAST_MEMORY, Conversion.MEMORY})
  void theBuffersOfAConversionStayWithinItsBound(long bound) throws Exception {
    // Given a disk of many more extents than slots, out of a stream and out of a compressed file
    SampleDisk large = SampleDisk.mixed(64 << 20, 3);
    byte[] vmdk = esxi(large);
    Path file = dir.resolve("in.qcow2");
    Conversion.of(source(vmdk), new Qcow2Writer(file, Qcow2Options.zstd().withDurable(false)))
        .run();
    try (Workers workers = new Workers(2)) {
      long most = 0;
      for (boolean stream : List.of(true, false)) {
        for (boolean forward : List.of(true, false)) {
          ExtentSource from = stream ? source(vmdk) : Conversion.disk(Qcow2Disk.open(file));
          ExtentSink to =
              forward
                  ? RawStream.zstd(RawStream.channel(OutputStream.nullOutputStream()), 1)
                  : new Qcow2Writer(dir.resolve("out"), Qcow2Options.zstd().withDurable(false));

          // When
          ConversionResult result = Conversion.of(from, to).workers(workers).memory(bound).run();

          // Then
          assertThat(result.bufferBytes())
              .as("stream %s, forward %s", stream, forward)
              .isBetween(1L, bound);
          most = Math.max(most, result.bufferBytes());
        }
      }
      assertThat(most).isGreaterThan(24 << 20);
    }
  }

  private static DiskDigest digest(GuestDisk of) throws IOException {
    return DiskDigests.of(of, null, (bytes, guest) -> {}, () -> false);
  }

  private static ExtentSource source(byte[] vmdk, StreamHash... hashes) throws IOException {
    Set<StreamHash> wanted = EnumSet.noneOf(StreamHash.class);
    wanted.addAll(List.of(hashes));
    ReadableByteChannel channel = Channels.newChannel(new ByteArrayInputStream(vmdk));
    return Conversion.streamOptimized(channel, wanted);
  }

  private static byte[] esxi(GuestDisk disk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StreamOptimizedWriter.stream(disk, Channels.newChannel(out), 1);
    return out.toByteArray();
  }

  private static byte[] read(GuestDisk disk) throws IOException {
    byte[] bytes = new byte[(int) disk.size()];
    disk.read(0, ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static String hex(String algorithm, byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
  }

  /** A huge disk with one byte set. */
  private record OneByteDisk(long size, long at) implements GuestDisk {
    @Override
    public void read(long offset, ByteBuffer into) {
      for (long i = offset; into.hasRemaining(); i++) {
        into.put((byte) (i == at ? 1 : 0));
      }
    }

    @Override
    public boolean isZero(long offset, long length) {
      return at < offset || at >= offset + length;
    }
  }
}
