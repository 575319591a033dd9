// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import java.io.IOException;

/**
 * A sink that can go on where an earlier attempt stopped: it tells what to remember of an extent,
 * and takes it back.
 */
public interface ResumableSink extends PositionalSink {

  /** What this sink writes and how; a journal of another kind does not fit it. */
  String kind();

  /** Whether what an earlier attempt wrote is still there. */
  boolean hasEarlier() throws IOException;

  /**
   * Called instead of {@link #begin} to go on with what is there. {@link #restore} follows for
   * every extent that is durable; everything else counts as never written.
   *
   * @param size bytes of the guest disk
   * @param end what {@link #end} said when the journal was written
   */
  void beginAgain(long size, long end) throws IOException;

  /** What the journal must remember of an extent that was written. */
  long[] stored(long extent);

  /**
   * Takes back what {@link #stored} said.
   *
   * @return whether all of it is there: false where the file was cut since, and the extent must be
   *     written again
   */
  boolean restore(long extent, long[] stored);

  /** Forgets an extent: it is zeros until written again. */
  void discard(long extent);

  /** How far the sink was filled, for sinks that append; covers every extent written so far. */
  long end();

  /** Forces all that was written to disk. */
  void force() throws IOException;

  /** From now on {@link #close} leaves the unfinished image in place, to be gone on with. */
  void keep();
}
