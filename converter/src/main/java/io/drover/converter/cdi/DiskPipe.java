// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDamage;
import io.drover.converter.SourceDisks;
import io.drover.converter.StreamTap;
import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.StoppedException;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.pipe.Workers;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Runs one disk from its source into a sink, and says which side broke if one does. */
final class DiskPipe {
  private static final long TELL_NANOS = 500_000_000;

  private final Workers workers;
  private final long memory;

  /**
   * @param memory bytes that the buffers of a disk may take
   */
  DiskPipe(Workers workers, long memory) {
    this.workers = workers;
    this.memory = memory;
  }

  /** Where the disk's bytes go. */
  interface Drain {
    /** Opens the sink. */
    ExtentSink open() throws IOException;

    /**
     * Remembers how far it is, for the next attempt, and stays when this one succeeds; null where
     * none can go on.
     */
    default @Nullable Path journal() {
      return null;
    }

    /** What progress says is going on. */
    default String doing() {
      return "copying";
    }

    /** Whether there is no room to go on; then it stops and is {@link #explain explained}. */
    default boolean full() {
      return false;
    }

    /** Breaks what blocks in it, because the copy is told to stop. */
    void cut();

    /** What is wrong when the sink broke. */
    CopyFault explain(IOException broken);
  }

  /** Names what a journal is about: the disk as this round copies it. */
  static String key(CopyOrder order, Inventory.Disk disk) {
    return order.copy() + "/" + disk.deviceKey();
  }

  /**
   * Moves all of it.
   *
   * @throws CopyFault saying which side broke, or that the bytes are no whole disk of the size
   *     ordered
   */
  ConversionResult run(
      CopyOrder order,
      Inventory.Disk disk,
      SourceDisks.Reading reading,
      Drain drain,
      Attempt attempt) {
    String name = "disk " + disk.label() + " of VM " + order.vmName();
    Tapped tapped = null;
    try (var _ =
        Guard.watch(
            attempt.stop(),
            () -> {
              reading.close();
              drain.cut();
            })) {
      tapped = new Tapped(reading.stream());
      var source = Conversion.streamOptimized(tapped, Set.of());
      if (source.size() != disk.capacityBytes()) {
        source.close();
        throw new CopyFault(
            Problem.Kind.REFUSED,
            "disk-size-changed",
            "The export of %s holds %d bytes, but the plan says %d."
                .formatted(name, source.size(), disk.capacityBytes()),
            "Refresh the inventory and plan the VM again: the disk was resized.");
      }
      var conversion =
          Conversion.of(source, drain.open())
              .workers(workers)
              .memory(memory)
              .stop(() -> attempt.stop().raised() || drain.full())
              .progress(new Told(disk, drain.doing(), attempt));
      Path journal = drain.journal();
      return journal == null
          ? conversion.run()
          : conversion.resume(journal, key(order, disk)).keepJournal().run();
    } catch (StoppedException e) {
      attempt.stop().check();
      throw drain.explain(new IOException("No space left", e));
    } catch (DiskFormatException e) {
      attempt.stop().check();
      IOException broken = tapped == null ? null : tapped.broken;
      if (broken != null) {
        // The wire broke inside a grain: the reader only saw that bytes were missing.
        throw reading.explain(broken);
      }
      throw new CopyFault(SourceDamage.of(e).problem(name, e.what()), e);
    } catch (IOException e) {
      attempt.stop().check();
      if (tapped == null || tapped.broken != null) {
        throw reading.explain(e);
      }
      throw drain.explain(e);
    }
  }

  /** Remembers whether it was the source that broke. */
  private static final class Tapped extends StreamTap {
    private volatile @Nullable IOException broken;

    Tapped(ReadableByteChannel stream) {
      super(stream);
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      try {
        return stream.read(into);
      } catch (IOException e) {
        broken = e;
        throw e;
      }
    }
  }

  /** Passes progress on, twice a second at most. */
  private static final class Told implements io.drover.disk.pipe.Progress {
    private final Inventory.Disk disk;
    private final String doing;
    private final Attempt attempt;
    private long last = System.nanoTime() - TELL_NANOS;

    Told(Inventory.Disk disk, String doing, Attempt attempt) {
      this.disk = disk;
      this.doing = doing;
      this.attempt = attempt;
    }

    @Override
    public void at(long bytesRead, long guestBytes) {
      long now = System.nanoTime();
      if (now - last >= TELL_NANOS || guestBytes >= disk.capacityBytes()) {
        last = now;
        attempt
            .progress()
            .report(Integer.toString(disk.deviceKey()), doing, guestBytes, disk.capacityBytes());
      }
    }
  }
}
