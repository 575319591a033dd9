// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.console.Sizes;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** One line that is redrawn: share, bytes, rate, time left. Silent where nobody watches. */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 30;

  /** Begins the line anew. */
  private static final String WIPE = "\r\u001b[2K";

  /** On a terminal that is too narrow the end of the line is lost, not the lines above (DECAWM). */
  private static final String NO_WRAP = "\u001b[?7l";

  private static final String WRAP = "\u001b[?7h";

  private final PrintStream out;
  private final long total;
  private final long begun;
  private final boolean watched;
  private long base = -1;
  private long lastDraw;

  /**
   * @param total bytes in all; 0 shows nothing
   * @param begun {@link System#nanoTime} at the begin
   */
  ProgressBar(PrintStream out, long total, long begun) {
    this(out, total, begun, watched());
  }

  ProgressBar(PrintStream out, long total, long begun, boolean watched) {
    this.watched = watched;
    this.out = out;
    this.total = total;
    this.begun = begun;
  }

  private static boolean watched() {
    return Screen.watched() && !elsewhere(Path.of("/proc/self/fd/2"));
  }

  /** Whether what is drawn on goes into a file or pipe, of which the console says nothing. */
  static boolean elsewhere(Path descriptor) {
    try {
      return !Files.readSymbolicLink(descriptor).startsWith("/dev");
    } catch (IOException e) {
      return false; // No Linux: nothing tells.
    }
  }

  /** Draws, at most ten times a second. */
  void show(long done) {
    show(done, System.nanoTime());
  }

  /** The same at a {@link System#nanoTime}. */
  void show(long done, long now) {
    if (!watched || total <= 0) {
      return;
    }
    if (base < 0) {
      // What an earlier attempt did says nothing of the rate.
      base = done;
    }
    if (lastDraw != 0 && now - lastDraw < 100_000_000L) {
      return;
    }
    lastDraw = now;
    out.print(WIPE + NO_WRAP + text(done, (now - begun) / 1e9) + WRAP);
    out.flush();
  }

  private String text(long done, double seconds) {
    double share = Math.min(1, (double) done / total);
    int filled = (int) (share * WIDTH);
    double rate = (done - base) / Math.max(seconds, 0.001);
    return String.format(
        Locale.ROOT,
        "[%s%s] %3.0f %%  %s of %s  %s",
        "#".repeat(filled),
        ".".repeat(WIDTH - filled),
        share * 100,
        Sizes.bytes(done),
        Sizes.bytes(total),
        rate < 1 ? "" : Sizes.bytes((long) rate) + "/s  " + left((total - done) / rate) + " left");
  }

  private static String left(double seconds) {
    long whole = (long) seconds;
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }

  /** Wipes the line, if one was drawn. */
  @Override
  public void close() {
    if (lastDraw != 0) {
      lastDraw = 0;
      out.print(WIPE);
      out.flush();
    }
  }
}
