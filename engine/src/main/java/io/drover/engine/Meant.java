// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Guesses what was meant by a name that nothing has, for sentences that end in a question. */
public final class Meant {
  private Meant() {}

  /** The candidate that was probably meant, if any is close to what was written. */
  public static Optional<String> by(String written, Collection<String> candidates) {
    String low = written.toLowerCase(Locale.ROOT);
    int far = Math.max(2, written.length() / 3);
    return candidates.stream()
        .filter(c -> Math.abs(c.length() - low.length()) <= far)
        .min(
            Comparator.comparingInt((String c) -> distance(low, c.toLowerCase(Locale.ROOT)))
                .thenComparing(Comparator.naturalOrder()))
        .filter(c -> distance(low, c.toLowerCase(Locale.ROOT)) <= far);
  }

  /** Letters to change, add or drop (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
