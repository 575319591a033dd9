// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** A file that an image names. */
public final class NamedFile {
  private NamedFile() {}

  /**
   * The file of that name in a folder, there or not.
   *
   * @throws DiskFormatException where the system's character set has no such name, as without a
   *     language set
   */
  public static Path in(Path folder, String name) throws DiskFormatException {
    try {
      return folder.resolve(name);
    } catch (InvalidPathException e) {
      throw new DiskFormatException(
          "The file \""
              + name
              + "\" has a name that the character set of this system, "
              + System.getProperty("sun.jnu.encoding")
              + ", cannot spell",
          "Set LC_ALL=C.UTF-8 for it, or rename the file and what names it.");
    }
  }
}
