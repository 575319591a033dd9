// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.PartialFile;
import io.drover.disk.image.StoppedException;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.ResumableSink;
import io.drover.disk.pipe.Workers;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.InPlaceWriter;
import io.drover.disk.raw.RawDisk;
import io.drover.disk.raw.RawWriter;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeTest {
  private static final int SIZE = 21 * (1 << 20) + 512 * 7;
  private static final Workers WORKERS = new Workers(2);

  @TempDir Path dir;

  private static @Nullable SampleDisk made;
  private static byte @Nullable [] packed;

  private final SampleDisk disk = disk();

  /** One disk for all: packing it costs more than most of what is done to it here. */
  private static SampleDisk disk() {
    SampleDisk there = made == null ? SampleDisk.mixed(SIZE, 31) : made;
    made = there;
    return there;
  }

  private static byte[] vmdk() throws IOException {
    byte[] there = packed == null ? Vmdk.esxi(disk()) : packed;
    packed = there;
    return there;
  }

  @AfterAll
  static void close() {
    WORKERS.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "qcow2-zstd", "raw", "in-place"})
  void aRunThatIsCutAtRandomGoesOnToTheSameImage(String kind) throws Exception {
    // Given
    byte[] vmdk = vmdk();
    Random random = new Random(kind.hashCode());
    if (kind.equals("in-place")) {
      Files.write(image(kind), new byte[SIZE]);
    }
    ConversionResult result = null;
    int cuts = 0;
    long passedOver = 0;
    while (result == null) {
      int cut = random.nextInt(vmdk.length * 3 / 2);

      // When
      try {
        result =
            Conversion.of(cutAt(vmdk, cut), sink(kind))
                .workers(WORKERS)
                .resume(dir.resolve("journal"), "disk 1 at change 2")
                .checkpointEvery(Duration.ofMillis(5))
                .run();
        passedOver = result.guestBytesPassedOver();
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("connection reset");
        cuts++;
        scribble(kind);
      }
    }

    // Then
    assertThat(result.digest()).isEqualTo(truth());
    assertThat(readBack(kind)).isEqualTo(disk.bytes());
    assertThat(result.guestBytesAllocated()).isEqualTo(allocated(disk.bytes()));
    assertThat(dir.resolve("journal")).doesNotExist();
    if (cuts > 2) {
      assertThat(passedOver).isPositive();
    }
  }

  @Test
  void aCrashBetweenTwoCheckpointsLosesNothingThatWasDurable() throws Exception {
    // Given an attempt whose files are frozen in the middle, as kill -9 leaves them
    byte[] vmdk = vmdk();
    Path image = image("raw");
    Path journal = dir.resolve("journal");
    Path frozenImage = dir.resolve("frozen.image");
    Path frozenJournal = dir.resolve("frozen.journal");
    ReadableByteChannel in = Channels.newChannel(new ByteArrayInputStream(vmdk));
    ReadableByteChannel freezing =
        new Tap(
            in,
            taken -> {
              if (taken > vmdk.length / 2 && !Files.exists(frozenJournal)) {
                long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
                while (Files.size(journal) < 200 && System.nanoTime() < deadline) {
                  Thread.onSpinWait();
                }
                // The journal first: it must never be ahead of the image.
                Files.copy(journal, frozenJournal);
                Files.copy(PartialFile.partialOf(image), frozenImage);
              }
            });
    Conversion.of(Conversion.streamOptimized(freezing, Set.of()), sink("raw"))
        .workers(WORKERS)
        .resume(journal, "key")
        .checkpointEvery(Duration.ofMillis(5))
        .run();
    Files.move(frozenImage, PartialFile.partialOf(image), StandardCopyOption.REPLACE_EXISTING);
    Files.move(frozenJournal, journal, StandardCopyOption.REPLACE_EXISTING);
    // A torn record at its end
    Files.write(journal, new byte[] {0x44, 0x56, 0x4a, 0x31, 0, 0}, StandardOpenOption.APPEND);

    // When
    ConversionResult result =
        Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink("raw"))
            .workers(WORKERS)
            .resume(journal, "key")
            .run();

    // Then
    assertThat(result.guestBytesPassedOver()).isPositive();
    assertThat(result.digest()).isEqualTo(truth());
    assertThat(Files.readAllBytes(image)).isEqualTo(disk.bytes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "raw"})
  void aSourceThatChangedIsWrittenAnewWhereItChanged(String kind) throws Exception {
    // Given an attempt that failed near its end
    byte[] vmdk = vmdk();
    cut(vmdk, kind, vmdk.length - 2000);
    byte[] changed = disk.bytes().clone();
    Arrays.fill(changed, 0, 6 << 20, (byte) 0);
    changed[13 << 20] ^= 5;
    SampleDisk now = new SampleDisk(changed);

    // When
    ConversionResult result =
        Conversion.of(cutAt(Vmdk.esxi(now), Integer.MAX_VALUE), sink(kind))
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "key")
            .run();

    // Then
    assertThat(result.guestBytesPassedOver()).isPositive().isLessThan(SIZE - (6 << 20));
    assertThat(readBack(kind)).isEqualTo(changed);
    assertThat(result.digest()).isEqualTo(DiskDigests.of(now, WORKERS, (b, g) -> {}, () -> false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "raw"})
  void aSourceThatChangedAndChangedBackIsNotMixed(String kind) throws Exception {
    // Given an attempt that failed near its end, and one of a changed source that died before it
    // had noted what it wrote
    cut(vmdk(), kind, vmdk().length - 2000);
    Path journal = dir.resolve("journal");
    Path partial = PartialFile.partialOf(image(kind));
    byte[] changed = disk.bytes().clone();
    for (int at = 0; at < 3 << 20; at += 512) {
      changed[at] ^= 5;
    }
    byte[] other = Vmdk.esxi(new SampleDisk(changed));
    ReadableByteChannel freezing =
        new Tap(
            Channels.newChannel(new ByteArrayInputStream(other)),
            taken -> {
              if (taken > other.length * 3 / 4 && !Files.exists(dir.resolve("frozen.journal"))) {
                Files.copy(journal, dir.resolve("frozen.journal"));
                Files.copy(partial, dir.resolve("frozen.image"));
              }
            });
    Conversion.of(Conversion.streamOptimized(freezing, Set.of()), sink(kind))
        .workers(WORKERS)
        .resume(journal, "key")
        .checkpointEvery(Duration.ofHours(1))
        .run();
    Files.move(dir.resolve("frozen.image"), partial, StandardCopyOption.REPLACE_EXISTING);
    Files.move(dir.resolve("frozen.journal"), journal, StandardCopyOption.REPLACE_EXISTING);

    // When
    ConversionResult result =
        Conversion.of(cutAt(vmdk(), Integer.MAX_VALUE), sink(kind))
            .workers(WORKERS)
            .resume(journal, "key")
            .run();

    // Then
    assertThat(result.digest()).isEqualTo(truth());
    assertThat(readBack(kind)).isEqualTo(disk.bytes());
  }

  @ParameterizedTest
  @CsvSource({
    "qcow2, BEFORE_THE_TABLES",
    "qcow2, BEFORE_THE_NAME",
    "qcow2, WHOLE",
    "raw, BEFORE_THE_TABLES",
    "raw, BEFORE_THE_NAME",
    "raw, WHOLE"
  })
  void anAttemptThatDiedBehindTheEndOfItsSourceNeedsItNoMore(String kind, String died)
      throws Exception {
    // Given a first attempt that was cut, so some extents are of another one
    byte[] vmdk = vmdk();
    cut(vmdk, kind, vmdk.length / 2);
    ConversionResult whole =
        Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink(kind))
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "key")
            .keepJournal()
            .run();
    if (!died.equals("WHOLE")) {
      Files.move(image(kind), PartialFile.partialOf(image(kind)));
    }
    if (died.equals("BEFORE_THE_TABLES") && kind.equals("qcow2")) {
      // The header is written last, the tables before it.
      try (var file =
          FileChannel.open(PartialFile.partialOf(image(kind)), StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.allocate(65536), 0);
        file.truncate(file.size() - 2 * 65536);
      }
    }

    // When
    ConversionResult recovered =
        Conversion.recover(sink(kind), image(kind), SIZE, dir.resolve("journal"), "key")
            .orElseThrow();

    // Then
    assertThat(recovered.digest()).isEqualTo(truth());
    assertThat(recovered.guestBytesAllocated()).isEqualTo(whole.guestBytesAllocated());
    assertThat(recovered.bytesRead()).isEqualTo(whole.bytesRead());
    assertThat(recovered.guestBytesPassedOver()).isEqualTo(SIZE);
    assertThat(readBack(kind)).isEqualTo(disk.bytes());
  }

  @Test
  void whatASourceHasNoMoreIsNotRecovered() throws Exception {
    // Given an attempt that went on with a source that lost its first extent
    cut(vmdk(), "qcow2", vmdk().length - 2000);
    byte[] changed = disk.bytes().clone();
    Arrays.fill(changed, 0, 6 << 20, (byte) 0);
    SampleDisk now = new SampleDisk(changed);
    Conversion.of(cutAt(Vmdk.esxi(now), Integer.MAX_VALUE), sink("qcow2"))
        .workers(WORKERS)
        .resume(dir.resolve("journal"), "key")
        .keepJournal()
        .run();
    Files.move(image("qcow2"), PartialFile.partialOf(image("qcow2")));

    // When
    ConversionResult recovered =
        Conversion.recover(sink("qcow2"), image("qcow2"), SIZE, dir.resolve("journal"), "key")
            .orElseThrow();

    // Then
    assertThat(readBack("qcow2")).isEqualTo(changed);
    assertThat(recovered.digest())
        .isEqualTo(DiskDigests.of(now, WORKERS, (b, g) -> {}, () -> false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cut", "another key", "no image", "no journal"})
  void whatDidNotEndIsNotRecovered(String how) throws Exception {
    // Given
    byte[] vmdk = vmdk();
    if (how.equals("cut")) {
      cut(vmdk, "qcow2", vmdk.length - 2000);
    } else {
      Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink("qcow2"))
          .workers(WORKERS)
          .resume(dir.resolve("journal"), how.equals("another key") ? how : "key")
          .keepJournal()
          .run();
    }
    Files.deleteIfExists(how.equals("no image") ? image("qcow2") : dir.resolve("nothing"));
    Files.deleteIfExists(dir.resolve(how.equals("no journal") ? "journal" : "nothing"));

    // When
    var recovered =
        Conversion.recover(sink("qcow2"), image("qcow2"), SIZE, dir.resolve("journal"), "key");

    // Then
    assertThat(recovered).isEmpty();
  }

  @Test
  void anotherSourceBeginsAnew() throws Exception {
    // Given
    byte[] vmdk = vmdk();
    cut(vmdk, "qcow2", vmdk.length - 2000);

    // When
    ConversionResult result =
        Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink("qcow2"))
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "another key")
            .run();

    // Then
    assertThat(result.guestBytesPassedOver()).isZero();
    assertThat(result.digest()).isEqualTo(truth());
  }

  @Test
  void anAttemptThatGotNowhereLeavesNothing() throws Exception {
    // Given a source that fails at once
    GuestDisk failing =
        new GuestDisk() {
          @Override
          public long size() {
            return disk.size();
          }

          @Override
          public void read(long offset, ByteBuffer into) throws IOException {
            throw new IOException("connection reset");
          }
        };

    // When
    Throwable thrown =
        catchThrowable(() ->
            Conversion.of(Conversion.disk(failing), sink("qcow2"))
                .workers(WORKERS)
                .resume(dir.resolve("journal"), "key")
                .run());

    // Then
    assertThat(thrown).hasMessageContaining("connection reset");
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void aJournalWithoutItsImageBeginsAnew() throws Exception {
    // Given
    byte[] vmdk = vmdk();
    cut(vmdk, "qcow2", vmdk.length - 2000);
    Files.delete(PartialFile.partialOf(image("qcow2")));

    // When
    ConversionResult result =
        Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink("qcow2"))
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "key")
            .run();

    // Then
    assertThat(result.guestBytesPassedOver()).isZero();
    assertThat(readBack("qcow2")).isEqualTo(disk.bytes());
  }

  @Test
  void aSeekableSourceIsNotReadAgainWhereItIsDurable() throws Exception {
    // Given an attempt that failed after 12 MiB
    GuestDisk failing =
        new GuestDisk() {
          @Override
          public long size() {
            return disk.size();
          }

          @Override
          public void read(long offset, ByteBuffer into) throws IOException {
            if (offset > 12 << 20) {
              throw new IOException("connection reset");
            }
            disk.read(offset, into);
          }
        };
    try {
      Conversion.of(Conversion.disk(failing), sink("raw"))
          .workers(WORKERS)
          .resume(dir.resolve("journal"), "key")
          .run();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("connection reset");
    }

    // When
    ConversionResult result =
        Conversion.of(Conversion.disk(disk), sink("raw"))
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "key")
            .run();

    // Then
    assertThat(result.guestBytesPassedOver()).isPositive();
    assertThat(result.bytesRead() + result.guestBytesPassedOver()).isEqualTo(SIZE);
    assertThat(result.digest()).isEqualTo(truth());
    assertThat(readBack("raw")).isEqualTo(disk.bytes());
  }

  @Test
  void aReadBackGoesOnWhereItStopped() throws Exception {
    // Given a digest that was stopped in the middle
    AtomicLong seen = new AtomicLong();
    Throwable stopped =
        catchThrowable(() ->
            Conversion.of(Conversion.disk(disk), new DigestOnly())
                .workers(WORKERS)
                .progress((bytes, guest) -> seen.set(guest))
                .stop(() -> seen.get() > SIZE / 2)
                .resume(dir.resolve("journal"), "pvc uid 7")
                .run());
    assertThat(stopped).isInstanceOf(StoppedException.class);

    // When
    ConversionResult result =
        Conversion.of(Conversion.disk(disk), new DigestOnly())
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "pvc uid 7")
            .run();

    // Then
    assertThat(result.digest()).isEqualTo(truth());
    assertThat(result.bytesRead() + result.guestBytesPassedOver()).isEqualTo(SIZE);
    assertThat(result.guestBytesPassedOver()).isGreaterThan(SIZE / 3);
  }

  private void cut(byte[] vmdk, String kind, int at) {
    try {
      Conversion.of(cutAt(vmdk, at), sink(kind))
          .workers(WORKERS)
          .resume(dir.resolve("journal"), "key")
          .run();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("connection reset");
      return;
    }
    throw new AssertionError("Expected the run to be cut");
  }

  /** Spoils what no journal speaks of, as a crash may: what was not forced can be anything. */
  private void scribble(String kind) throws IOException {
    Path partial = PartialFile.partialOf(image(kind));
    if (kind.startsWith("qcow2") && Files.exists(partial)) {
      Files.write(partial, new byte[777], StandardOpenOption.APPEND);
    }
  }

  private Path image(String kind) {
    return dir.resolve(kind + ".image");
  }

  private ResumableSink sink(String kind) throws IOException {
    return switch (kind) {
      case "qcow2" -> new Qcow2Writer(image(kind), Qcow2Options.plain().withDurable(false));
      case "qcow2-zstd" -> new Qcow2Writer(image(kind), Qcow2Options.zstd().withDurable(false));
      case "raw" -> new RawWriter(image(kind), false);
      default -> new InPlaceWriter(image(kind), true);
    };
  }

  private byte[] readBack(String kind) throws IOException {
    try (GuestDisk open =
        kind.startsWith("qcow2") ? Qcow2Disk.open(image(kind)) : RawDisk.open(image(kind))) {
      byte[] bytes = new byte[(int) open.size()];
      open.read(0, ByteBuffer.wrap(bytes));
      return bytes;
    }
  }

  private DiskDigest truth() throws IOException {
    return DiskDigests.of(disk, WORKERS, (bytes, guest) -> {}, () -> false);
  }

  private static long allocated(byte[] bytes) {
    long sum = 0;
    for (int at = 0; at < bytes.length; at += 65536) {
      int end = Math.min(bytes.length, at + 65536);
      for (int i = at; i < end; i++) {
        if (bytes[i] != 0) {
          sum += end - at;
          break;
        }
      }
    }
    return sum;
  }

  private static ExtentSource cutAt(byte[] vmdk, int cut) throws IOException {
    ReadableByteChannel in = Channels.newChannel(new ByteArrayInputStream(vmdk));
    // The header must come, or there is nothing to go on with.
    int at = Math.max(cut, vmdk.length / 3);
    return Conversion.streamOptimized(
        new Tap(
            in,
            taken -> {
              if (taken > at) {
                throw new IOException("connection reset");
              }
            }),
        Set.of());
  }

  /** Sees how far a channel was read. */
  private static final class Tap implements ReadableByteChannel {
    private final ReadableByteChannel in;
    private final Watcher watcher;
    private long taken;

    interface Watcher {
      void at(long taken) throws IOException;
    }

    Tap(ReadableByteChannel in, Watcher watcher) {
      this.in = in;
      this.watcher = watcher;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      watcher.at(taken);
      ByteBuffer part = into.slice(into.position(), Math.min(into.remaining(), 50_000));
      int got = in.read(part);
      if (got > 0) {
        into.position(into.position() + got);
        taken += got;
      }
      return got;
    }

    @Override
    public boolean isOpen() {
      return in.isOpen();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
