// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.PartialFile;
import io.drover.disk.image.StoppedException;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.pipe.Journal;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was interrupted is gone on with. */
class ResumeTest extends Interrupted {
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
  @ValueSource(strings = {"qcow2", "qcow2-zstd", "raw"})
  void whatWasCutOffTheUnfinishedImageIsWrittenAgain(String kind) throws Exception {
    byte[] vmdk = vmdk();
    cut(vmdk, kind, vmdk.length - 2000);
    Path partial = PartialFile.partialOf(image(kind));
    try (FileChannel file = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      file.truncate(file.size() / 2);
    }

    // Cut once more, past what was lost: the journal must not say again what it said before.
    cut(vmdk, kind, vmdk.length - 1000);
    ConversionResult result =
        Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink(kind))
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "key")
            .run();

    assertThat(result.guestBytesPassedOver()).isPositive();
    assertThat(result.digest()).isEqualTo(truth());
    assertThat(readBack(kind)).isEqualTo(disk.bytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 200, 400})
  void aClusterThatLacksItsLastBytesIsWrittenAgain(int bytes) throws Exception {
    byte[] vmdk = vmdk();
    cut(vmdk, "qcow2-zstd", vmdk.length - 2000);
    long end;
    try (Journal journal = Journal.open(dir.resolve("journal"), about("key", "qcow2 ZSTD 65536"))) {
      end = journal.end();
    }
    try (FileChannel file =
        FileChannel.open(PartialFile.partialOf(image("qcow2-zstd")), StandardOpenOption.WRITE)) {
      file.truncate(end - bytes);
    }

    ConversionResult result =
        Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink("qcow2-zstd"))
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "key")
            .run();

    assertThat(result.guestBytesPassedOver()).isPositive();
    assertThat(readBack("qcow2-zstd")).isEqualTo(disk.bytes());
  }

  private static String about(String key, String kind) {
    return key + "\n" + SIZE + "\n" + kind;
  }

  @Test
  void whatGrewOnTheUnfinishedImageIsCutOff() throws Exception {
    byte[] vmdk = vmdk();
    cut(vmdk, "raw", vmdk.length - 2000);
    Files.write(PartialFile.partialOf(image("raw")), new byte[100_000], StandardOpenOption.APPEND);

    ConversionResult result =
        Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink("raw"))
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "key")
            .run();

    assertThat(result.guestBytesPassedOver()).isPositive();
    assertThat(readBack("raw")).isEqualTo(disk.bytes());
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

  /** Spoils what no journal speaks of, as a crash may: what was not forced can be anything. */
  private void scribble(String kind) throws IOException {
    Path partial = PartialFile.partialOf(image(kind));
    if (kind.startsWith("qcow2") && Files.exists(partial)) {
      Files.write(partial, new byte[777], StandardOpenOption.APPEND);
    }
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
}
