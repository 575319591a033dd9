// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one {@code Range} header asks for (RFC 9110, section 14.2).
 *
 * @param first offset of the first byte
 * @param length bytes; 0 = nothing of the file is in the range
 */
record ByteRange(long first, long length) {
  private static final Pattern ONE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

  /** The range; empty when the whole is to be sent: no range, several, or one that is none. */
  static Optional<ByteRange> of(@Nullable String header, long size) {
    Matcher one = ONE.matcher(header == null ? "" : header.replace(" ", ""));
    if (!one.matches() || one.group(1).isEmpty() && one.group(2).isEmpty()) {
      return Optional.empty();
    }
    if (one.group(1).isEmpty()) {
      long last = Math.min(size, Long.parseLong(one.group(2)));
      return Optional.of(new ByteRange(size - last, last));
    }
    long first = Long.parseLong(one.group(1));
    long end = one.group(2).isEmpty() ? size : Math.min(size, Long.parseLong(one.group(2)) + 1);
    if (!one.group(2).isEmpty() && Long.parseLong(one.group(2)) < first) {
      return Optional.empty();
    }
    return Optional.of(new ByteRange(first, Math.max(0, end - first)));
  }
}
