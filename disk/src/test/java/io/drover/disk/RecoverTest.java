// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.disk.image.PartialFile;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What died behind the end of its source is ended without it. */
class RecoverTest extends Interrupted {
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

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "raw"})
  void whatWasCutNeedsItsSourceAgain(String kind) throws Exception {
    // Given
    byte[] vmdk = vmdk();
    Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink(kind))
        .workers(WORKERS)
        .resume(dir.resolve("journal"), "key")
        .keepJournal()
        .run();
    Files.move(image(kind), PartialFile.partialOf(image(kind)));
    try (var file =
        FileChannel.open(PartialFile.partialOf(image(kind)), StandardOpenOption.WRITE)) {
      file.truncate(file.size() / 2);
    }

    // When, Then
    for (int i = 0; i < 2; i++) {
      assertThat(Conversion.recover(sink(kind), image(kind), SIZE, dir.resolve("journal"), "key"))
          .isEmpty();
    }
    ConversionResult result =
        Conversion.of(cutAt(vmdk, Integer.MAX_VALUE), sink(kind))
            .workers(WORKERS)
            .resume(dir.resolve("journal"), "key")
            .run();
    assertThat(result.guestBytesPassedOver()).isPositive();
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
}
