// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.Extent;
import io.drover.disk.raw.RawStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class PipelineTest {

  @ParameterizedTest
  @CsvSource({"0, false", "1, false", "0, true", "1, true"})
  void aDamagedGrainIsToldBeforeTheChecksumThatItSpoils(long damaged, boolean forward) {
    // Given one worker, which has not unpacked anything when the reader finds the checksum wrong
    ExtentSink sink =
        forward
            ? RawStream.raw(Channels.newChannel(new ByteArrayOutputStream()))
            : new DigestOnly();
    try (Workers workers = new Workers(1)) {
      Conversion conversion =
          Conversion.of(new WrongChecksum(damaged, Thread.currentThread()), sink).workers(workers);

      // When, Then
      assertThatThrownBy(conversion::run)
          .isInstanceOf(DiskFormatException.class)
          .hasMessageContaining("The grain is damaged (byte 512, grain " + damaged + ")");
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aWrongChecksumIsToldWhereEveryGrainIsRight(boolean forward) {
    // Given
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ExtentSink sink = forward ? RawStream.raw(Channels.newChannel(out)) : new DigestOnly();
    try (Workers workers = new Workers(1)) {
      Conversion conversion =
          Conversion.of(new WrongChecksum(-1, Thread.currentThread()), sink).workers(workers);

      // When, Then
      assertThatThrownBy(conversion::run).hasMessageContaining("The checksum is wrong");
    }
  }

  /** Two extents, one of them damaged, that are unpacked only once the reader has failed. */
  private static final class WrongChecksum implements ExtentSource {
    private final long damaged;
    private final Thread reader;
    private volatile boolean told;
    private long next;

    WrongChecksum(long damaged, Thread reader) {
      this.damaged = damaged;
      this.reader = reader;
    }

    @Override
    public long size() {
      return 2L * Extent.SIZE;
    }

    @Override
    public boolean next(Packed into) throws IOException {
      if (next == 2) {
        told = true;
        throw new DiskFormatException("The checksum is wrong", "Fetch it again.");
      }
      into.reset(next++);
      return true;
    }

    @Override
    public void unpack(Packed packed, Extent out, Bench bench) throws IOException {
      // Once it waits for the workers, it has noted its own failure.
      while (!told
          || reader.getState() != Thread.State.WAITING
              && reader.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      if (packed.extent() == damaged) {
        throw new DiskFormatException("The grain is damaged", 512, damaged, "Fetch it again.");
      }
    }

    @Override
    public long bytesRead() {
      return 0;
    }
  }
}
