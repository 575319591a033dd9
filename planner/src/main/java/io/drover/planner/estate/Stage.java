// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import java.util.Locale;

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
    return early ? DEV_TEST : PRODUCTION;
  }
}
