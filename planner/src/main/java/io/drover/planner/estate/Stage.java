// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The order in which kinds of machines go: nothing of a later one before the earlier ones are over.
 */
public enum Stage {
  PILOT("pilot"),
  DEV_TEST("dev/test"),
  PRODUCTION("production");

  private final String words;

  Stage(String words) {
    this.words = words;
  }

  /** For people. */
  public String words() {
    return words;
  }

  /** What people write into an environment attribute; production where it says nothing known. */
  public static Stage parse(String text) {
    Stage known = known(text);
    return known == null ? PRODUCTION : known;
  }

  /** The stage that a word means; null if it means none. */
  public static @Nullable Stage known(String text) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (word.startsWith("pilot")) {
      return PILOT;
    }
    boolean early =
        word.startsWith("dev")
            || word.startsWith("test")
            || word.startsWith("tst")
            || word.startsWith("qa")
            || word.startsWith("int")
            || word.startsWith("stag")
            || word.startsWith("uat")
            || word.startsWith("sandbox")
            || word.startsWith("lab");
    if (early) {
      return DEV_TEST;
    }
    return word.matches("prod|produ[ck]tion|produ[ck]ti(ve|v)|prd|live") ? PRODUCTION : null;
  }
}
