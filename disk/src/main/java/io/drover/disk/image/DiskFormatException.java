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
  private final String bare;
  private final String what;
  private final String remedy;
  private final boolean cut;

  /**
   * @param what what is wrong, naming the thing
   * @param offset byte offset in the file or stream, or {@link #NOWHERE}
   * @param grain number of the grain or cluster, counted from the start of the guest disk, or
   *     {@link #NOWHERE}
   * @param remedy what to do about it
   */
  public DiskFormatException(String what, long offset, long grain, String remedy) {
    this(what, offset, grain, remedy, false);
  }

  private DiskFormatException(String what, long offset, long grain, String remedy, boolean cut) {
    super(text(what, offset, grain) + ". " + remedy);
    bare = what;
    this.what = text(what, offset, grain);
    this.offset = offset;
    this.grain = grain;
    this.remedy = remedy;
    this.cut = cut;
  }

  /**
   * What came so far was as it must be, but it ended before the disk did.
   *
   * @param offset byte at which it ended
   */
  public static DiskFormatException cut(String what, long offset, String remedy) {
    return new DiskFormatException(what, offset, NOWHERE, remedy, true);
  }

  /** An error that belongs to the whole image, not to one place. */
  public DiskFormatException(String what, String remedy) {
    this(what, NOWHERE, NOWHERE, remedy);
  }

  /** The same of one file of several that make an image, where it does not begin with its name. */
  public DiskFormatException in(String file) {
    return bare.startsWith(file + " ") || bare.startsWith(file + ":")
        ? this
        : new DiskFormatException(file + ": " + bare, offset, grain, remedy, cut);
  }

  /** What is wrong and where, without the remedy and without a full stop. */
  public String what() {
    return what;
  }

  /** Whether it only ended too early: another transfer may bring it whole. */
  public boolean isCut() {
    return cut;
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

  private static String text(String what, long offset, long grain) {
    if (offset == NOWHERE && grain == NOWHERE) {
      return what;
    }
    return what
        + " ("
        + (offset == NOWHERE ? "" : "byte " + offset)
        + (offset == NOWHERE || grain == NOWHERE ? "" : ", ")
        + (grain == NOWHERE ? "" : "grain " + grain)
        + ")";
  }
}
