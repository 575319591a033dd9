// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.console.Sizes;
import java.io.PrintStream;
import java.util.Locale;

/** One line that is redrawn: share, bytes, rate, time left. Silent where nobody watches. */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 30;

  private final PrintStream out;
  private final long total;
  private final long begun;
  private final boolean watched = System.console() != null;
  private long lastDraw;

  /**
   * @param total bytes in all; 0 shows nothing
   * @param begun {@link System#nanoTime} at the begin
   */
  ProgressBar(PrintStream out, long total, long begun) {
    this.out = out;
    this.total = total;
    this.begun = begun;
  }

  /** Draws, at most ten times a second. */
  void show(long done) {
    long now = System.nanoTime();
    if (!watched || total <= 0 || now - lastDraw < 100_000_000L) {
      return;
    }
    lastDraw = now;
    double share = Math.min(1, (double) done / total);
    double seconds = (now - begun) / 1e9;
    double left = share <= 0 ? 0 : seconds / share - seconds;
    int filled = (int) (share * WIDTH);
    out.print(
        String.format(
            Locale.ROOT,
            "\r\u001b[2K[%s%s] %3.0f %%  %s of %s  %s/s  %d:%02d left",
            "#".repeat(filled),
            ".".repeat(WIDTH - filled),
            share * 100,
            Sizes.bytes(done),
            Sizes.bytes(total),
            Sizes.bytes((long) (done / Math.max(seconds, 0.001))),
            (long) left / 60,
            (long) left % 60));
    out.flush();
  }

  /** Wipes the line, if one was drawn. */
  @Override
  public void close() {
    if (lastDraw != 0) {
      lastDraw = 0;
      out.print("\r\u001b[2K");
      out.flush();
    }
  }
}
