// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import java.util.Locale;

/** Byte counts as people read them: binary units, three digits. */
public final class Sizes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private Sizes() {}

  /** For example {@code 1.50 GiB}. */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    if (unit == 0) {
      return bytes + " B";
    }
    String pattern = value >= 100 ? "%.0f %s" : value >= 10 ? "%.1f %s" : "%.2f %s";
    return String.format(Locale.ROOT, pattern, value, UNITS[unit]);
  }

  /** The same; {@code -} for 0: what CDI reads and stores by itself does not pass us. */
  public static String counted(long bytes) {
    return bytes == 0 ? "-" : bytes(bytes);
  }
}
