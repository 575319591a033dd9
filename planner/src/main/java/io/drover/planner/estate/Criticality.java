// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import java.util.Locale;

/**
 * How much people miss a machine while it is away, in the three grades that an order is made of:
 * within a stage the lower grade goes first.
 */
public enum Criticality {
  LOW("low"),
  USUAL("usual"),
  CRITICAL("critical");

  /** Of what nobody says anything of. */
  public static final int UNSAID = 3;

  private final String words;

  Criticality(String words) {
    this.words = words;
  }

  /** For people. */
  public String words() {
    return words;
  }

  /** The grade of a number from 1 (least) to 5. */
  public static Criticality of(int number) {
    return number < UNSAID ? LOW : number == UNSAID ? USUAL : CRITICAL;
  }

  /** The number that people mean: 1 (least) to 5, or a word; 0 if it is neither. */
  public static int number(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", " ")) {
      case "1", "none", "lowest", "very low" -> 1;
      case "2", "low", "minor" -> 2;
      case "3", "medium", "normal", "moderate", "usual" -> 3;
      case "4", "high", "major", "important" -> 4;
      case "5", "critical", "highest", "very high", "business critical", "mission critical" -> 5;
      default -> 0;
    };
  }
}
