// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads quantities as Kubernetes writes them. */
public final class Quantity {
  private static final Pattern FORM = Pattern.compile("([0-9.]+)([EPTGMK]i|[EPTGMkm])?");

  private Quantity() {}

  /** As a plain number: {@code 2Gi} is 2147483648, {@code 500m} is 0.5; 0 where it is none. */
  public static double number(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      return 0;
    }
    double number = Double.parseDouble(matcher.group(1));
    String unit = matcher.group(2);
    if (unit == null) {
      return number;
    }
    if (unit.equals("m")) {
      return number / 1000;
    }
    int power = "KMGTPE".indexOf(unit.substring(0, 1).toUpperCase(Locale.ROOT)) + 1;
    return number * Math.pow(unit.length() == 2 ? 1024 : 1000, power);
  }
}
