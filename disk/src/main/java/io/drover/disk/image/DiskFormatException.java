// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.IOException;

/**
 * Says precisely why an image cannot be used: what was found, at which byte and grain, and what the
 * operator can do about it.
 */
public final class DiskFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Stands for "not tied to one place". */
  public static final long NOWHERE = -1;

  private final long offset;
  private final long grain;
  private final String remedy;

  /**
   * @param what what is wrong, naming the thing
   * @param offset byte offset in the file or stream, or {@link #NOWHERE}
   * @param grain number of the grain or cluster, counted from the start of the guest disk, or
   *     {@link #NOWHERE}
   * @param remedy what to do about it
   */
  public DiskFormatException(String what, long offset, long grain, String remedy) {
    super(text(what, offset, grain, remedy));
    this.offset = offset;
    this.grain = grain;
    this.remedy = remedy;
  }

  /** An error that belongs to the whole image, not to one place. */
  public DiskFormatException(String what, String remedy) {
    this(what, NOWHERE, NOWHERE, remedy);
  }

  /** Byte offset in the file or stream, or {@link #NOWHERE}. */
  public long offset() {
    return offset;
  }

  /** Number of the grain (guest offset / grain size), or {@link #NOWHERE}. */
  public long grain() {
    return grain;
  }

  /** What the operator can do. */
  public String remedy() {
    return remedy;
  }

  private static String text(String what, long offset, long grain, String remedy) {
    StringBuilder text = new StringBuilder(what);
    if (offset != NOWHERE || grain != NOWHERE) {
      text.append(" (");
      if (offset != NOWHERE) {
        text.append("byte ").append(offset);
      }
      if (grain != NOWHERE) {
        text.append(offset != NOWHERE ? ", " : "").append("grain ").append(grain);
      }
      text.append(')');
    }
    return text.append(". ").append(remedy).toString();
  }
}
