// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as an option has it: digits, and K, M, G or T for the binary units. */
final class ByteCount implements ITypeConverter<Long> {
  private static final Pattern BYTES = Pattern.compile("(\\d{1,18})([KkMmGgTt]?)");

  /** Each at the place of its power of 1024; no unit, the empty text, is found at 0. */
  private static final String UNITS = " KMGT";

  @Override
  public Long convert(String text) {
    Matcher bytes = BYTES.matcher(text);
    if (bytes.matches()) {
      int shift = 10 * UNITS.indexOf(bytes.group(2).toUpperCase(Locale.ROOT));
      long count = Long.parseLong(bytes.group(1));
      if (count <= Long.MAX_VALUE >> shift) {
        return count << shift;
      }
    }
    throw new TypeConversionException(
        "expected a number of bytes, such as 65536, 64K, 20M, 40G or 2T, but " + text);
  }
}
