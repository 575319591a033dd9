// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Unpacks a spreadsheet once and keeps nothing of it, before a parser does that keeps what it
 * reads: a small file that swells without measure ("zip bomb") is refused, and not by want of
 * memory.
 *
 * <p>The share that packing may save and the size of all are those of Apache POI ({@code
 * ZipSecureFile}: {@code MIN_INFLATE_RATIO} 0.01, {@code MAX_ENTRY_SIZE} 4 GiB), which looks at
 * entries of more than 100 KiB; we begin at 1 MiB, where nothing is lost yet. A cell holds 32,767
 * characters (Microsoft, "Excel specifications and limits"): with 6 bytes an escaped character that
 * is less than {@link #LONGEST}.
 */
final class Unpacked {
  /** No text of a spreadsheet, and no cell of a csv file, is longer. */
  static final int LONGEST = 256 << 10;

  /** What is kept as a whole while a file is read: the texts that cells share, a csv file. */
  static final long MOST_KEPT = 512L << 20;

  private static final int RATIO = 100;
  private static final long SMALL = 1 << 20;
  private static final long MOST = 4L << 30;

  private final String file;
  private final byte[] buffer = new byte[64 << 10];
  private long all;

  private Unpacked(String file) {
    this.file = file;
  }

  /**
   * Looks through all of a file.
   *
   * @throws NotReadable if no spreadsheet is like that
   */
  static void check(Path path, String file) throws IOException {
    var unpacked = new Unpacked(file);
    try (var zip = new ZipFile(path.toFile())) {
      for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
        try (InputStream in = zip.getInputStream(entry)) {
          unpacked.look(entry, in);
        }
      }
    }
  }

  private void look(ZipEntry entry, InputStream in) throws IOException {
    boolean kept = entry.getName().toLowerCase(Locale.ROOT).endsWith("sharedstrings.xml");
    long most = Math.max(SMALL, RATIO * Math.max(1, entry.getCompressedSize()));
    long size = 0;
    int text = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      size += n;
      all += n;
      if (size > most) {
        throw refused(entry, "unpacks to more than " + RATIO + " times its size");
      }
      if (kept && size > MOST_KEPT) {
        throw refused(entry, "holds more than " + (MOST_KEPT >> 20) + " MiB of text");
      }
      if (all > MOST) {
        throw refused(entry, "and what is before it unpack to more than " + (MOST >> 30) + " GiB");
      }
      for (int i = 0; i < n; i++) {
        text = buffer[i] == '<' || buffer[i] == '>' ? 0 : text + 1;
        if (text > LONGEST) {
          throw refused(entry, "has a text of more than " + (LONGEST >> 10) + " KiB in one piece");
        }
      }
    }
  }

  private NotReadable refused(ZipEntry entry, String why) {
    return new NotReadable(
        file
            + " is refused: "
            + RvMachine.shown(entry.getName())
            + " in it "
            + why
            + ", which no export does. Save it anew, or export csv.");
  }
}
