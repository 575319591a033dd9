// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** What is asked of an image that a command line names, before anything of it is read. */
final class ImageArgument {
  private static final String PIPE = "-";

  private ImageArgument() {}

  /**
   * Returns where it may be an image that is read.
   *
   * @throws Failure where it is none for sure
   */
  static void check(Path image) {
    refuseNone("read", image);
    if (Files.notExists(image)) {
      throw new Failure(Exit.CONFIGURATION, "There is no file " + image + ".");
    }
    if (Files.isDirectory(image)) {
      throw new Failure(
          Exit.REFUSED,
          "Expected an image, but " + image + " is a folder: name the image itself, as a file.");
    }
    EarlierAttempt.refuse(image);
  }

  /**
   * Refuses what names no file: nothing, as of a variable that is not set, and {@code -}, which
   * other tools take for their standard input or output.
   *
   * @param done what was to be done with it
   */
  static void refuseNone(String done, Path image) {
    if (image.toString().isEmpty()) {
      throw new Failure(Exit.USAGE, "Expected a file that is " + done + ", but its name is empty.");
    }
    if (image.toString().equals(PIPE)) {
      throw new Failure(
          Exit.USAGE,
          "Expected a file, but - stands for a pipe, and none is "
              + done
              + " here; a file named - is ./-.");
    }
  }
}
