// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.Workers;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.RawStream;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RoundTripPropertyTest {
  private static final Workers WORKERS = new Workers(2);

  @Property(tries = 40)
  void whatGoesIntoAnyQcow2ComesOut(
      @ForAll @IntRange(min = 1, max = 20_000) int sectors,
      @ForAll long seed,
      @ForAll Qcow2Options.Compression compression,
      @ForAll @IntRange(min = 12, max = 21) int clusterBits,
      @ForAll boolean export)
      throws IOException {
    // Given
    SampleDisk disk = SampleDisk.mixed(sectors * 512, seed);
    Path image = Files.createTempFile("round", ".qcow2");
    boolean unchecked = compression == Qcow2Options.Compression.REWRAP_UNCHECKED;
    try {
      // When
      Conversion.of(
              export
                  ? Conversion.streamOptimized(
                      Channels.newChannel(new ByteArrayInputStream(Vmdk.esxi(disk))), Set.of())
                  : Conversion.disk(disk),
              new Qcow2Writer(image, new Qcow2Options(compression, 1, 1 << clusterBits, false)))
          .workers(WORKERS)
          .digest(!unchecked)
          .run();

      // Then
      try (GuestDisk back = Qcow2Disk.open(image)) {
        byte[] bytes = new byte[(int) back.size()];
        back.read(0, ByteBuffer.wrap(bytes));
        assertThat(bytes).isEqualTo(disk.bytes());
      }
    } finally {
      Files.delete(image);
    }
  }

  @Property(tries = 20)
  void aForwardStreamIsTheGuestItself(
      @ForAll @IntRange(min = 1, max = 30_000) int sectors, @ForAll long seed) throws IOException {
    // Given
    SampleDisk disk = SampleDisk.mixed(sectors * 512, seed);
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    // When
    Conversion.of(Conversion.disk(disk), RawStream.raw(Channels.newChannel(out)))
        .workers(WORKERS)
        .run();

    // Then
    assertThat(out.toByteArray()).isEqualTo(disk.bytes());
  }
}
