// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How much a terminal shows, so that a line that is redrawn in place never becomes two.
 *
 * @param columns characters a line
 * @param rows lines
 */
record Screen(int columns, int rows) {
  /** What a terminal shows that does not say. */
  static final Screen USUAL = new Screen(80, 24);

  private static final long PATIENCE_MILLIS = 1_000;

  /**
   * The terminal of this process: {@code COLUMNS} and {@code LINES}, else what {@code stty} says.
   */
  static Screen now() {
    String columns = System.getenv("COLUMNS");
    if (columns != null && columns.matches("[1-9][0-9]{0,3}")) {
      String rows = System.getenv("LINES");
      return new Screen(
          Integer.parseInt(columns),
          rows != null && rows.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(rows) : USUAL.rows);
    }
    return asked();
  }

  /** Whether somebody sees what is printed: neither a file nor a pipe takes it. */
  static boolean watched() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private static Screen asked() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        stty.destroyForcibly();
        return USUAL;
      }
      return read(new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    } catch (IOException noTerminal) {
      return USUAL;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return USUAL;
    }
  }

  /** Rows and columns as {@code stty size} says them; a terminal without a size says zeros. */
  static Screen read(String size) {
    String text = size.strip();
    if (!text.matches("[1-9][0-9]{0,3} [1-9][0-9]{0,3}")) {
      return USUAL;
    }
    String[] both = text.split(" ", 2);
    return new Screen(Integer.parseInt(both[1]), Integer.parseInt(both[0]));
  }

  /** The line, cut where the terminal ends; control characters of foreign names never reach it. */
  String cut(String line) {
    return shorten(line, columns);
  }

  static String shorten(String text, int most) {
    String clean = Output.clean(text);
    return clean.length() <= most ? clean : clean.substring(0, Math.max(0, most - 1)) + "…";
  }

  /** The text in lines that end between words. A word longer than a line stays whole. */
  List<String> wrap(String text) {
    var lines = new ArrayList<String>();
    var line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > columns) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
