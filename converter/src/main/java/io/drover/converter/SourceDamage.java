// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.disk.image.DiskFormatException;
import io.drover.schemas.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Ways in which a disk comes that is no whole disk. One such reading proves nothing about the
 * source; the same complaint again, word for word and so at the same byte, is what the source has.
 */
public enum SourceDamage {
  /** Bytes that no reading of this disk can have. */
  MALFORMED("disk-stream-malformed", 2),
  /** Whole as far as it came. A host that is short of something may do better the next time. */
  CUT("disk-stream-cut", 3);

  private final String code;
  private final int readings;

  SourceDamage(String code, int readings) {
    this.code = code;
    this.readings = readings;
  }

  /** Which of them the disk library found. */
  public static SourceDamage of(DiskFormatException found) {
    return found.isCut() ? CUT : MALFORMED;
  }

  /** Which of them a problem's code says; null for every other problem. */
  public static @Nullable SourceDamage ofCode(@Nullable String code) {
    for (SourceDamage each : values()) {
      if (each.code.equals(code)) {
        return each;
      }
    }
    return null;
  }

  /** Code of the problem, as the journal and the worker's report have it. */
  public String code() {
    return code;
  }

  /** How often the same complaint is heard before it is believed. */
  int readings() {
    return readings;
  }

  /**
   * What is said of one reading.
   *
   * @param said what is wrong and where, without a full stop
   */
  public Problem problem(String disk, String said) {
    return new Problem(
        Problem.Kind.TRANSIENT,
        code,
        "The export of " + disk + " is no whole disk: " + said + ".",
        "Nothing: the disk is read again.");
  }

  /** What is said once it is believed: the disk is not read again by itself. */
  static Problem believed(Problem heard, int times) {
    return new Problem(
        Problem.Kind.CORRUPT,
        heard.code(),
        heard.what() + " It was read " + times + " times.",
        "Check the disk and the storage of its host in vCenter, repair or restore it there, then"
            + " move the VM again.");
  }
}
