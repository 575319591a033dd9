// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.digest.DigestBuilder;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.StoppedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.BitSet;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves one disk from a source to a sink: the calling thread reads, the workers unpack, digest and
 * write, and a bounded number of slots gives the source back-pressure.
 */
public final class Pipeline {
  private static final long POLL_MILLIS = 100;

  private final ExtentSource source;
  private final ExtentSink sink;
  private final Workers workers;
  private final Progress progress;
  private final BooleanSupplier stop;
  private final @Nullable DigestBuilder digest;
  private long memory = 160L << 20;
  private @Nullable Journal journal;
  private Duration every = Duration.ZERO;
  private Resume resume = Resume.NONE;

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  // What the reader found wrong with the source; a worker may know the grain.
  private volatile @Nullable DiskFormatException found;
  private final LongAdder allocated = new LongAdder();
  private final BitSet passed = new BitSet();
  // Extents that came in parts: their leaves are computed from the finished image.
  private final Set<Long> parted = new ConcurrentSkipListSet<>();

  /**
   * What came of a run.
   *
   * @param allocated guest bytes that are not zeros, in blocks of 64 KiB
   * @param passedOver guest bytes an earlier attempt had made durable, extents counted whole
   * @param buffers bytes of memory that its buffers took, those of the workers counted
   * @param digest of the guest disk, null where none was asked for
   */
  public record Outcome(
      long allocated, long passedOver, long buffers, @Nullable DiskDigest digest) {}

  /**
   * @param workers the pool to share
   * @param digest whether to compute drover-disk-v1 beside
   * @param stop asked a few times a second; true ends the run with {@link StoppedException}
   */
  public Pipeline(
      ExtentSource source,
      ExtentSink sink,
      Workers workers,
      boolean digest,
      Progress progress,
      BooleanSupplier stop) {
    this.source = source;
    this.sink = sink;
    this.workers = workers;
    this.progress = progress;
    this.stop = stop;
    this.digest = digest ? new DigestBuilder(source.size()) : null;
  }

  /**
   * Bounds the buffers of this run, those of the workers counted; never below two extents.
   *
   * @param bytes of native memory
   */
  public Pipeline memory(long bytes) {
    memory = bytes;
    return this;
  }

  /**
   * Goes on where an earlier attempt stopped, and remembers where this one is. Only a {@link
   * ResumableSink} can.
   *
   * @param interval between checkpoints
   */
  public Pipeline resume(Journal remembered, Duration interval) {
    journal = remembered;
    every = interval;
    return this;
  }

  /**
   * Runs to the end and finishes the sink. Call it once. Neither source nor sink is closed.
   *
   * @throws DiskFormatException where the source is damaged
   * @throws StoppedException where the stop signal asked for it
   */
  public Outcome run() throws IOException {
    int slots = slots();
    Resume resumed = Resume.begin(sink, source, journal, every, digest, failure);
    resume = resumed;
    BlockingQueue<Slot> free = new ArrayBlockingQueue<>(slots);
    Slot[] all = new Slot[slots];
    for (int i = 0; i < slots; i++) {
      all[i] = new Slot();
      free.add(all[i]);
    }
    Emitter emitter =
        sink instanceof ForwardSink forward
            ? new Emitter(forward, source.size(), free, failure, stop)
            : null;
    Throwable ended = null;
    try {
      read(free, emitter);
    } catch (Throwable e) {
      ended = e;
    }
    found = ended instanceof DiskFormatException damage ? damage : null;
    if (ended != null && journal == null) {
      // Nobody will go on with what is in flight.
      failure.compareAndSet(null, ended);
    }
    if (emitter != null) {
      emitter.end();
    }
    collect(free, slots);
    if (ended != null) {
      failure.compareAndSet(null, ended);
    }
    if (failure.get() == null) {
      resumed.discardGone(passed);
    }
    resumed.end();
    // Buffers only grow while it runs, so this is the most there was.
    long buffers = workers.bytes() + source.bufferBytes();
    for (Slot slot : all) {
      buffers += slot.bytes();
      slot.close();
    }
    rethrow();
    if (parted.isEmpty()) {
      // What came in parts has no leaf in the journal, and the source must be read again for it.
      resumed.complete(source.bytesRead());
    }
    sink.finish();
    if (digest != null && sink instanceof PositionalSink positional && !parted.isEmpty()) {
      digestParted(positional, digest);
    }
    return new Outcome(
        allocated.sum() + resumed.allocated(),
        resumed.passedOver(),
        buffers,
        digest == null ? null : digest.build());
  }

  /** Two extents a worker and two for the reader, or fewer where the memory is bounded. */
  private int slots() {
    int wanted = 2 * workers.count() + 2;
    long room = sink instanceof ForwardSink ? 2L * Packed.ROOM + Extent.SIZE : Packed.ROOM;
    long most = (memory - workers.count() * (long) (Packed.ROOM + Extent.SIZE)) / room;
    return (int) Math.max(2, Math.min(wanted, most));
  }

  private void read(BlockingQueue<Slot> free, @Nullable Emitter emitter)
      throws IOException, InterruptedException {
    Workers.Lane lane = workers.lane();
    long last = -1;
    while (true) {
      Slot slot = take(free);
      if (slot == null) {
        return;
      }
      boolean submitted = false;
      try {
        if (!source.next(slot.packed)) {
          progress.at(source.bytesRead(), source.size());
          return;
        }
        long extent = slot.packed.extent();
        if (passed.get((int) extent) || !resume.isDurable(slot.packed)) {
          submit(slot, extent, last, free, emitter, lane);
          submitted = true;
        } else {
          passed.set((int) extent);
        }
        last = extent;
      } finally {
        if (!submitted) {
          free.add(slot);
        }
      }
      progress.at(source.bytesRead(), Math.min(source.size(), (last + 1) * (long) Extent.SIZE));
    }
  }

  private void submit(
      Slot slot,
      long extent,
      long last,
      BlockingQueue<Slot> free,
      @Nullable Emitter emitter,
      Workers.Lane lane)
      throws DiskFormatException {
    boolean whole = !passed.get((int) extent);
    passed.set((int) extent);
    if (emitter == null) {
      if (!whole
          && (source.part() < Extent.BLOCK || ((PositionalSink) sink).unit() > Extent.BLOCK)) {
        throw new DiskFormatException(
            "The grains do not come in ascending order: extent " + extent + " comes again",
            slot.packed.count() == 0 ? -1 : slot.packed.streamOffset(0),
            -1,
            "Convert it to a raw image, or to qcow2 with clusters of 64 KiB, and use that.");
      }
      lane.submit(bench -> write(slot, whole, free, bench));
      return;
    }
    if (extent <= last) {
      throw new DiskFormatException(
          "The grains do not come in ascending order: extent "
              + extent
              + " comes after extent "
              + last,
          slot.packed.count() == 0 ? -1 : slot.packed.streamOffset(0),
          -1,
          "Convert it to a raw or qcow2 image, which take grains in any order, and use that.");
    }
    slot.done = false;
    lane.submit(bench -> encode(slot, emitter, bench));
    emitter.add(slot);
  }

  private @Nullable Slot take(BlockingQueue<Slot> free) throws IOException, InterruptedException {
    while (true) {
      if (stop.getAsBoolean()) {
        throw new StoppedException("The conversion");
      }
      if (failure.get() != null) {
        return null;
      }
      Slot slot = free.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
      if (slot != null) {
        return slot;
      }
    }
  }

  private void write(Slot slot, boolean whole, BlockingQueue<Slot> free, Bench bench) {
    try {
      if (failure.get() == null) {
        Extent extent = bench.extent();
        extent.reset(source.size(), slot.packed.extent());
        PositionalSink positional = (PositionalSink) sink;
        if (digest != null || positional.needsContent(slot.packed)) {
          source.unpack(slot.packed, extent, bench);
        } else {
          assume(slot.packed, extent);
        }
        byte[] leaf = digest(extent, whole, bench);
        positional.write(extent, slot.packed, bench);
        resume.written(slot.packed, count(extent), leaf, whole);
      } else {
        onlyUnpack(slot, bench);
      }
    } catch (Throwable e) {
      failed(e);
    } finally {
      free.add(slot);
    }
  }

  private static void assume(Packed packed, Extent extent) {
    for (int i = 0; i < packed.count(); i++) {
      extent.assume((int) ((packed.guestOffset(i) - extent.offset()) / Extent.BLOCK));
    }
  }

  private void encode(Slot slot, Emitter emitter, Bench bench) {
    try {
      if (failure.get() == null) {
        Extent extent = slot.extent();
        extent.reset(source.size(), slot.packed.extent());
        source.unpack(slot.packed, extent, bench);
        digest(extent, true, bench);
        slot.encoded =
            extent.isZero() ? null : ((ForwardSink) sink).encode(extent, slot.room(), bench);
        int ignored = count(extent);
      } else {
        onlyUnpack(slot, bench);
      }
    } catch (Throwable e) {
      failed(e);
    } finally {
      emitter.ready(slot);
    }
  }

  /** Looks for damage in what was read before the reader found that there is some. */
  private void onlyUnpack(Slot slot, Bench bench) throws IOException {
    if (failure.get() == found) {
      Extent extent = bench.extent();
      extent.reset(source.size(), slot.packed.extent());
      source.unpack(slot.packed, extent, bench);
    }
  }

  /** Notes the first failure of a worker; a damaged grain is told before what the reader found. */
  private void failed(Throwable e) {
    if (!failure.compareAndSet(null, e) && e instanceof DiskFormatException) {
      failure.compareAndSet(found, e);
    }
  }

  private byte[] digest(Extent extent, boolean whole, Bench bench) {
    byte[] leaf = new byte[0];
    if (digest != null && whole) {
      leaf = bench.hasher().leaf(extent);
      digest.set(extent.index(), leaf);
    } else if (digest != null) {
      parted.add(extent.index());
    }
    return leaf;
  }

  private int count(Extent extent) {
    int present = 0;
    for (int i = extent.nextPresent(0); i < extent.blocks(); i = extent.nextPresent(i + 1)) {
      present += extent.blockLength(i);
    }
    allocated.add(present);
    return present;
  }

  private void digestParted(PositionalSink positional, DigestBuilder leaves) throws IOException {
    try (GuestDisk disk = positional.reopen();
        Bench bench = new Bench()) {
      for (long index : parted) {
        Extent extent = bench.extent();
        extent.reset(disk.size(), index);
        disk.read(extent.offset(), extent.view(0, extent.length()));
        for (int i = 0; i < extent.blocks(); i++) {
          extent.seal(i);
        }
        leaves.set(index, bench.hasher().leaf(extent));
      }
    }
  }

  private void collect(BlockingQueue<Slot> free, int slots) {
    boolean interrupted = false;
    for (int i = 0; i < slots; ) {
      try {
        free.take();
        i++;
      } catch (InterruptedException e) {
        failure.compareAndSet(null, e);
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void rethrow() throws IOException {
    switch (failure.get()) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case InterruptedException e -> {
        Thread.currentThread().interrupt();
        throw (IOException)
            new InterruptedIOException("The conversion was interrupted").initCause(e);
      }
      case Throwable e -> throw new IOException(e);
    }
  }
}
