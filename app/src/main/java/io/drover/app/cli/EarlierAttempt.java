// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.console.Sizes;
import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.image.PartialFile;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What an interrupted {@code drover convert} left beside its OUT, to be gone on with. */
final class EarlierAttempt implements AutoCloseable {
  private final Path out;
  private final Path journal;
  private final boolean anew;
  private boolean there;
  private boolean begun;
  private boolean compared;

  private EarlierAttempt(Path out, Path journal, boolean anew) {
    this.out = out;
    this.journal = journal;
    this.anew = anew;
    there = Files.exists(journal, LinkOption.NOFOLLOW_LINKS);
  }

  /** The file that tells what is done of an image. */
  static Path journal(Path out) {
    return out.resolveSibling(out.getFileName() + ".journal");
  }

  /**
   * What an interrupted conversion wrote so far is no image.
   *
   * @throws Failure where it is that
   */
  static void refuse(Path image) {
    String name = String.valueOf(image.getFileName());
    if (!name.endsWith(PartialFile.ENDING)) {
      return;
    }
    Path whole =
        image.resolveSibling(name.substring(0, name.length() - PartialFile.ENDING.length()));
    if (Files.isRegularFile(journal(whole))) {
      throw new Failure(
          Exit.REFUSED,
          "Expected an image, but "
              + image
              + " is unfinished, as "
              + journal(whole)
              + " tells: convert to "
              + whole
              + " again, which goes on with it.");
    }
  }

  /**
   * Looks for it; {@link OutLock} must be held.
   *
   * @param killed whether the lock was there before: a killed process of ours left it
   * @param anew whether what is there may be replaced
   * @throws Failure where it would cost a file that is not ours
   */
  static EarlierAttempt of(Path out, boolean killed, boolean anew) throws IOException {
    Path journal = journal(out);
    if (Files.exists(journal, LinkOption.NOFOLLOW_LINKS)
        && !(Files.isRegularFile(journal, LinkOption.NOFOLLOW_LINKS) && Journal.is(journal))) {
      throw new Failure(
          Exit.REFUSED,
          "Expected "
              + journal
              + " to be of an interrupted conversion, but it is something else:"
              + " move it, or name OUT otherwise.");
    }
    Path partial = PartialFile.partialOf(out);
    if (Files.isDirectory(partial, LinkOption.NOFOLLOW_LINKS)) {
      throw new Failure(
          Exit.REFUSED,
          "Expected "
              + partial
              + " to be of an interrupted conversion, but it is a folder:"
              + " move it, or name OUT otherwise.");
    }
    if (Files.isRegularFile(partial, LinkOption.NOFOLLOW_LINKS)
        && !Files.exists(journal)
        && !killed
        && !anew) {
      throw new Failure(
          Exit.REFUSED,
          "Expected "
              + partial
              + " to be of an interrupted conversion, but nothing beside it tells so:"
              + " move it, name OUT otherwise, or replace it by --anew.");
    }
    return new EarlierAttempt(out, journal, anew);
  }

  /** Removes what is there. */
  void forget() throws IOException {
    there = false;
    Conversion.forget(out, journal);
  }

  /**
   * Has the conversion go on with what is there, and leave the same for the next one.
   *
   * @param key names what is converted; null where it cannot be known to be the same
   */
  void resume(Conversion conversion, ExtentSource source, @Nullable String key) throws IOException {
    begun = true;
    // What comes as a stream, in parts, is compared all over again.
    compared = source.part() > 0;
    if (key == null) {
      forget();
    } else {
      conversion.resume(journal, key);
    }
  }

  /** What became of it, for people; empty where there was none. */
  String told(ConversionResult result) {
    if (result.guestBytesPassedOver() > 0) {
      return "Went on from an interrupted attempt: "
          + Sizes.bytes(result.guestBytesPassedOver())
          + " of the disk were done and were passed over; 'drover verify OUT IN' proves them, too";
    }
    return there
        ? "Began anew: an interrupted attempt was there, but nothing of it can be gone on with"
        : "";
  }

  /** Says what the next attempt goes on with; empty where that is nothing. */
  String left() {
    return left("");
  }

  private String left(String where) {
    Path partial = PartialFile.partialOf(out);
    if (!Files.isRegularFile(partial, LinkOption.NOFOLLOW_LINKS)) {
      return "";
    }
    return begun
        ? " What is done is in "
            + partial
            + "; "
            + where
            + "the same command "
            + (anew ? "without --anew goes on with it." : "goes on with it, --anew begins anew.")
        : " What an earlier attempt did stays in " + partial + ".";
  }

  /** The same, where the source is damaged: one that is not compared must not be gone on with. */
  String leftByDamage() throws IOException {
    if (begun && !compared) {
      forget();
    }
    return left("where IN is fetched again, ");
  }

  /** Removes the journal where there is nothing to go on with. */
  @Override
  public void close() throws IOException {
    if (!Files.exists(PartialFile.partialOf(out))) {
      Files.deleteIfExists(journal);
    }
  }
}
