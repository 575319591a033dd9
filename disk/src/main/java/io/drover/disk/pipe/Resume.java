// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.digest.DigestBuilder;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.image.Extent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One run's memory of the attempts before it: which extents need no work, and what to tell the
 * journal. A stream is compared extent by extent, so a source that changed is written anew where it
 * changed; a seekable source is trusted to be what its key says.
 */
final class Resume {
  private static final int FORGOTTEN_AT_ONCE = 1024;

  /** Of a run that remembers nothing. */
  static final Resume NONE = new Resume(null, null, null, null, new TreeMap<>());

  private final @Nullable ResumableSink sink;
  private final @Nullable Checkpoints checkpoints;
  private final @Nullable Journal journal;
  private final @Nullable DigestBuilder digest;
  private final NavigableMap<Long, Journal.Entry> durable;
  private final BitSet forgotten = new BitSet();
  private final AtomicLong passedOver = new AtomicLong();
  private final AtomicLong allocated = new AtomicLong();
  private boolean sourcePassesOver;
  private long size;

  private Resume(
      @Nullable ResumableSink sink,
      @Nullable Checkpoints checkpoints,
      @Nullable Journal journal,
      @Nullable DigestBuilder digest,
      NavigableMap<Long, Journal.Entry> durable) {
    this.sink = sink;
    this.checkpoints = checkpoints;
    this.journal = journal;
    this.digest = digest;
    this.durable = durable;
  }

  /** Begins the sink, anew or where the journal says. */
  static Resume begin(
      ExtentSink sink,
      ExtentSource source,
      @Nullable Journal journal,
      Duration every,
      @Nullable DigestBuilder digest,
      AtomicReference<@Nullable Throwable> failure)
      throws IOException {
    if (journal == null) {
      sink.begin(source.size());
      return NONE;
    }
    if (!(sink instanceof ResumableSink resumable)) {
      throw new IllegalArgumentException("This sink cannot go on where it stopped");
    }
    NavigableMap<Long, Journal.Entry> durable = new TreeMap<>();
    if (!journal.durable().isEmpty() && resumable.hasEarlier()) {
      resumable.keep();
      resumable.beginAgain(source.size(), journal.end());
      List<Long> gone = new ArrayList<>();
      for (Journal.Entry entry : journal.durable().values()) {
        // Without a leaf it must be read again to be digested.
        if (digest == null || entry.leaf().length > 0) {
          if (!resumable.restore(entry.extent(), entry.stored())) {
            gone.add(entry.extent());
            continue;
          }
          durable.put(entry.extent(), entry);
          if (digest != null) {
            digest.set(entry.extent(), entry.leaf());
          }
        }
      }
      if (!gone.isEmpty()) {
        // Before anything is written and what the journal says would seem to be there.
        journal.forget(gone, journal.end());
      }
    } else {
      journal.reset();
      resumable.begin(source.size());
    }
    Resume resume =
        new Resume(
            resumable,
            new Checkpoints(resumable, journal, every, failure),
            journal,
            digest,
            durable);
    resume.size = source.size();
    resume.sourcePassesOver = source.passOver(durable::containsKey);
    if (resume.sourcePassesOver) {
      durable.values().forEach(resume::count);
    }
    return resume;
  }

  private void count(Journal.Entry entry) {
    passedOver.addAndGet(length(entry.extent()));
    allocated.addAndGet(entry.allocated());
  }

  private long length(long extent) {
    return Extent.length(size, extent);
  }

  /** Guest bytes that were durable before this run and still are right. */
  long passedOver() {
    return passedOver.get();
  }

  /** Guest bytes of those that are not zeros. */
  long allocated() {
    return allocated.get();
  }

  /** Whether this extent is durable as it comes; where it changed, its old content is forgotten. */
  boolean isDurable(Packed packed) throws IOException {
    Journal.Entry entry = durable.get(packed.extent());
    if (entry == null || sink == null || journal == null || checkpoints == null) {
      return false;
    }
    if (entry.fingerprint() == packed.fingerprint()) {
      count(entry);
      if (forgotten.get((int) packed.extent())) {
        checkpoints.finished(entry);
      }
      return true;
    }
    if (!forgotten.get((int) packed.extent())) {
      // Before something else is written there: else the next attempt, of the old source, would
      // take it for what the journal says. Those behind it likewise, so that it is forced seldom.
      List<Long> next =
          durable.tailMap(packed.extent()).keySet().stream().limit(FORGOTTEN_AT_ONCE).toList();
      journal.forget(next, sink.end());
      next.forEach(extent -> forgotten.set(extent.intValue()));
    }
    sink.discard(packed.extent());
    return false;
  }

  /** Notes an extent that was written; one that came in parts is never counted on. */
  void written(Packed packed, int present, byte[] leaf, boolean whole) {
    if (checkpoints != null && sink != null && whole) {
      checkpoints.finished(
          new Journal.Entry(
              packed.extent(), packed.fingerprint(), present, leaf, sink.stored(packed.extent())));
    }
  }

  /** Forgets durable extents that the source has no more. */
  void discardGone(BitSet passed) {
    if (sink == null || sourcePassesOver) {
      return;
    }
    for (long extent : durable.keySet()) {
      if (!passed.get((int) extent)) {
        sink.discard(extent);
        byte[] leaf = LeafHasher.zeroLeaf((int) length(extent));
        if (digest != null) {
          digest.set(extent, leaf);
        }
        if (checkpoints != null) {
          checkpoints.finished(new Journal.Entry(extent, 0, 0, leaf, sink.stored(extent)));
        }
      }
    }
  }

  /** Ends, with a last checkpoint. */
  void end() {
    if (checkpoints != null) {
      checkpoints.end();
    }
  }

  /** Notes that the source is not needed any more, after a last checkpoint that went well. */
  void complete(long bytesRead) throws IOException {
    if (journal != null && sink != null) {
      journal.complete(bytesRead);
      sink.keep();
    }
  }
}
