// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.Extent;
import io.drover.disk.raw.RawStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
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

  /**
   * Of two workers the tools take 16.5 MiB; each extent on its way takes 4.25 MiB to a file, and
   * 12.5 MiB to a stream, which needs it unpacked and packed again until its turn comes.
   */
  @ParameterizedTest
  @CsvSource({
    "30, false, 3",
    "40, false, 5",
    "48, false, 6",
    "160, false, 6",
    "48, true, 2",
    "60, true, 3",
    "160, true, 6"
  })
  void theSourceIsReadNoFurtherAheadThanTheMemoryAllows(
      long mebibytes, boolean forward, int extents) throws IOException {
    // Given workers that take nothing until the reader has stopped by itself
    ReadAhead source = new ReadAhead(Thread.currentThread());
    ExtentSink sink =
        forward
            ? RawStream.raw(Channels.newChannel(OutputStream.nullOutputStream()))
            : new DigestOnly();
    try (Workers workers = new Workers(2)) {
      Conversion conversion = Conversion.of(source, sink).workers(workers).memory(mebibytes << 20);

      // When
      conversion.run();
    }

    // Then
    assertThat(source.most.get()).isEqualTo(extents);
  }

  /** Extents that are unpacked only while the reader waits for one that is done, or for the end. */
  private static final class ReadAhead implements ExtentSource {
    private static final int EXTENTS = 12;

    private final Thread reader;
    private final AtomicInteger under = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private volatile boolean ended;
    private int read;

    ReadAhead(Thread reader) {
      this.reader = reader;
    }

    @Override
    public long size() {
      return (long) EXTENTS * Extent.SIZE;
    }

    @Override
    public boolean next(Packed into) {
      if (read == EXTENTS) {
        ended = true;
        return false;
      }
      into.reset(read++);
      int now = under.incrementAndGet();
      most.accumulateAndGet(now, Math::max);
      return true;
    }

    @Override
    public void unpack(Packed packed, Extent out, Bench bench) {
      // It looks for a free slot again and again, and at last waits for those that are done.
      while (reader.getState() != Thread.State.TIMED_WAITING
          && !(ended && reader.getState() == Thread.State.WAITING)) {
        Thread.onSpinWait();
      }
      under.decrementAndGet();
    }

    @Override
    public long bytesRead() {
      return 0;
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
