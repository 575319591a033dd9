// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import io.drover.disk.digest.DigestBuilder;
import io.drover.disk.image.ForwardInput;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.PartialFile;
import io.drover.disk.image.ReplacedFileException;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.GuestDiskSource;
import io.drover.disk.pipe.Journal;
import io.drover.disk.pipe.Pipeline;
import io.drover.disk.pipe.Progress;
import io.drover.disk.pipe.ResumableSink;
import io.drover.disk.pipe.Workers;
import io.drover.disk.vmdk.StreamOptimizedReader;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves one disk from a source to a sink, checking everything on the way: the one call that a
 * converter makes.
 *
 * <pre>{@code
 * ConversionResult result =
 *     Conversion.of(
 *             Conversion.streamOptimized(channel, Set.of(StreamHash.SHA1)),
 *             new Qcow2Writer(path, Qcow2Options.plain()))
 *         .workers(shared)
 *         .progress((bytes, guest) -> ...)
 *         .stop(signal::get)
 *         .run();
 * }</pre>
 */
public final class Conversion {
  /** Bytes that the buffers of a conversion may take unless said otherwise. */
  public static final long MEMORY = 160L << 20;

  /** Bytes in which two workers can still convert a disk, one piece after the other. */
  public static final long LEAST_MEMORY = 48L << 20;

  private final ExtentSource source;
  private final ExtentSink sink;
  private @Nullable Workers workers;
  private boolean digest = true;
  private long memory = MEMORY;
  private Progress progress = Progress.NONE;
  private BooleanSupplier stop = () -> false;
  private @Nullable Path journalPath;
  private String key = "";
  private boolean keepsJournal;
  private Duration every = Duration.ofSeconds(2);

  private Conversion(ExtentSource source, ExtentSink sink) {
    this.source = source;
    this.sink = sink;
  }

  /** A conversion; both ends are closed by {@link #run}, whatever its outcome. */
  public static Conversion of(ExtentSource source, ExtentSink sink) {
    return new Conversion(source, sink);
  }

  /**
   * A streamOptimized VMDK as a source, read forward. Reads its header.
   *
   * @param channel blocking, positioned at the first byte
   * @param hashes checksums of the received bytes to compute beside, for the lease's manifest
   * @throws io.drover.disk.image.DiskFormatException where it is no whole streamOptimized VMDK
   */
  public static ExtentSource streamOptimized(ReadableByteChannel channel, Set<StreamHash> hashes)
      throws IOException {
    return new StreamOptimizedReader(new ForwardInput(channel, hashes));
  }

  /** A seekable disk as a source. */
  public static ExtentSource disk(GuestDisk disk) {
    return new GuestDiskSource(disk);
  }

  /**
   * The pool to share with other disks. Without one, a pool of one thread a core is made, or of
   * fewer where the memory is bounded.
   */
  public Conversion workers(Workers shared) {
    workers = shared;
    return this;
  }

  /**
   * Bounds the buffers of this conversion, those of the workers counted; 160 MiB unless said. The
   * source is read no faster than they empty.
   */
  public Conversion memory(long bytes) {
    memory = bytes;
    return this;
  }

  /** Whether to compute drover-disk-v1 beside; true unless said otherwise. */
  public Conversion digest(boolean wanted) {
    digest = wanted;
    return this;
  }

  /** Who hears of the progress. */
  public Conversion progress(Progress listener) {
    progress = listener;
    return this;
  }

  /**
   * The stop signal, asked between extents. A source that blocks in a read is woken by closing its
   * channel.
   */
  public Conversion stop(BooleanSupplier signal) {
    stop = signal;
    return this;
  }

  /**
   * Goes on where an earlier attempt stopped. What is durable is passed over: a seekable source is
   * not read there again, a stream is compared and not inflated; the digest is that of the whole
   * disk all the same. When the run fails and something is durable, the unfinished image and the
   * journal stay for the next attempt ({@link #forget} removes them); when it succeeds, the journal
   * is removed, unless {@link #keepJournal} was called.
   *
   * @param journal a file of its own, on storage as durable as the image
   * @param sourceKey names the content of the source, such as disk key and change id: another key
   *     begins anew
   * @throws IllegalArgumentException where the sink cannot go on, as a forward stream
   */
  public Conversion resume(Path journal, String sourceKey) {
    if (!(sink instanceof ResumableSink)) {
      throw new IllegalArgumentException("A forward stream cannot go on where it stopped");
    }
    journalPath = journal;
    key = sourceKey;
    return this;
  }

  /**
   * Leaves the journal when the run succeeds, for a caller that has more to do before the image is
   * worth something: {@link #recover} gives the same result again. The caller removes it.
   */
  public Conversion keepJournal() {
    keepsJournal = true;
    return this;
  }

  /** How often finished extents are made durable, for {@link #resume}; 2 seconds unless said. */
  public Conversion checkpointEvery(Duration interval) {
    every = interval;
    return this;
  }

  /**
   * Ends what an earlier attempt had read to the end of its source, wherever it died after that:
   * the source is not needed. The digest is the one of the bytes as they were read.
   *
   * @param sink as that attempt's; closed, whatever the outcome
   * @param image the file that the sink makes
   * @param size bytes of the guest disk
   * @param journal as that attempt's; left in place
   * @param sourceKey as that attempt's
   * @return without checksums of the stream, all of it passed over; empty where the source is
   *     needed
   */
  public static Optional<ConversionResult> recover(
      ResumableSink sink, Path image, long size, Path journal, String sourceKey)
      throws IOException {
    try (sink) {
      if (!Files.exists(journal)) {
        return Optional.empty();
      }
      try (Journal said = Journal.open(journal, about(sourceKey, size, sink))) {
        boolean unfinished = sink.hasEarlier();
        if (said.sourceBytes() < 0 || !unfinished && !Files.exists(image)) {
          return Optional.empty();
        }
        DigestBuilder digest = new DigestBuilder(size);
        long allocated = 0;
        if (unfinished) {
          sink.beginAgain(size, said.end());
          sink.keep();
        }
        for (Journal.Entry entry : said.durable().values()) {
          if (entry.leaf().length == 0) {
            return Optional.empty();
          }
          digest.set(entry.extent(), entry.leaf());
          allocated += entry.allocated();
          if (unfinished && !sink.restore(entry.extent(), entry.stored())) {
            return Optional.empty();
          }
        }
        if (unfinished) {
          finish(sink, journal);
        }
        return Optional.of(
            new ConversionResult(
                size, said.sourceBytes(), allocated, size, 0, digest.build(), Map.of()));
      }
    }
  }

  private static void finish(ResumableSink sink, Path journal) throws IOException {
    try {
      sink.finish();
    } catch (ReplacedFileException e) {
      Files.deleteIfExists(journal);
      throw e;
    }
  }

  /** What a journal says that it is about. */
  static String about(String sourceKey, long size, ResumableSink sink) {
    return sourceKey + "\n" + size + "\n" + sink.kind();
  }

  /** Removes what a failed attempt left: the journal and the unfinished image. */
  public static void forget(Path image, Path journal) throws IOException {
    Files.deleteIfExists(PartialFile.partialOf(image));
    Files.deleteIfExists(journal);
  }

  /**
   * Runs to the end.
   *
   * @throws io.drover.disk.image.DiskFormatException where the source is damaged or cannot be
   *     converted so
   * @throws io.drover.disk.image.StoppedException where the stop signal asked for it
   * @throws IOException where the source or the sink fails; nothing whole is left behind
   */
  public ConversionResult run() throws IOException {
    Workers shared = workers;
    Workers own = shared == null ? new Workers(Workers.within(memory)) : null;
    try (own;
        source;
        sink) {
      Workers pool = shared == null ? own : shared;
      if (pool == null) {
        throw new IllegalStateException("no workers");
      }
      Pipeline.Outcome outcome =
          remembering(new Pipeline(source, sink, pool, digest, progress, stop).memory(memory));
      return new ConversionResult(
          source.size(),
          source.bytesRead(),
          outcome.allocated(),
          outcome.passedOver(),
          outcome.buffers(),
          outcome.digest(),
          source.hashes());
    }
  }

  private Pipeline.Outcome remembering(Pipeline pipeline) throws IOException {
    Path path = journalPath;
    if (path == null || !(sink instanceof ResumableSink resumable)) {
      return pipeline.run();
    }
    boolean done = false;
    Journal journal = Journal.open(path, about(key, source.size(), resumable));
    try (journal) {
      Pipeline.Outcome outcome = pipeline.resume(journal, every).run();
      done = !keepsJournal;
      return outcome;
    } catch (ReplacedFileException e) {
      // What it tells is of a file that is gone.
      done = true;
      throw e;
    } finally {
      if (done || journal.isEmpty()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
