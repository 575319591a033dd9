// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Amounts as Kubernetes writes them: "10Gi", "500M", "2", "100m" (apimachinery's
 * resource.Quantity).
 */
final class Quantity {
  private static final Pattern FORM =
      Pattern.compile("([+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\\d+)?");
  private static final Map<String, BigDecimal> UNITS =
      Map.ofEntries(
          Map.entry("n", BigDecimal.valueOf(1, 9)),
          Map.entry("u", BigDecimal.valueOf(1, 6)),
          Map.entry("m", BigDecimal.valueOf(1, 3)),
          Map.entry("k", BigDecimal.valueOf(1_000)),
          Map.entry("M", BigDecimal.valueOf(1_000_000)),
          Map.entry("G", BigDecimal.valueOf(1_000_000_000)),
          Map.entry("T", BigDecimal.valueOf(1_000_000_000_000L)),
          Map.entry("P", BigDecimal.valueOf(1_000_000_000_000_000L)),
          Map.entry("E", BigDecimal.valueOf(1_000_000_000_000_000_000L)),
          Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
          Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
          Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
          Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
          Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
          Map.entry("Ei", BigDecimal.valueOf(1L << 60)));

  private Quantity() {}

  static boolean isValid(String text) {
    return FORM.matcher(text).matches();
  }

  /** The amount in its base unit; 0 for what is none. */
  static BigDecimal parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return BigDecimal.ZERO;
    }
    BigDecimal number = new BigDecimal(form.group(1));
    String unit = form.group(2);
    if (unit == null) {
      return number;
    }
    return unit.charAt(0) == 'e'
            || (unit.charAt(0) == 'E' && unit.length() > 1 && unit.charAt(1) != 'i')
        ? number.scaleByPowerOfTen(Integer.parseInt(unit.substring(1)))
        : number.multiply(UNITS.getOrDefault(unit, BigDecimal.ONE));
  }

  /** The shortest binary form of a whole amount. */
  static String format(BigDecimal amount) {
    BigInteger whole = amount.setScale(0, java.math.RoundingMode.CEILING).toBigInteger();
    if (whole.signum() == 0) {
      return "0";
    }
    String[] units = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    int unit = Math.min(whole.getLowestSetBit() / 10, units.length - 1);
    return whole.shiftRight(10 * unit) + units[unit];
  }
}
