// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which file had a name when it was opened, to see at the end whether the name is still its own.
 */
public final class FileIdentity {
  private final Path path;
  private final LinkOption[] options;
  private final @Nullable Object key;

  /**
   * Of the file that has the name now.
   *
   * @throws NoSuchFileException where there is none
   */
  public FileIdentity(Path path, LinkOption... options) throws IOException {
    this.path = path;
    this.options = options.clone();
    key = key();
  }

  private @Nullable Object key() throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, options).fileKey();
  }

  /**
   * Whether the name is still that of the same file, as far as the file system tells files apart.
   */
  public boolean holds() throws IOException {
    try {
      return Objects.equals(key, key());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /**
   * Demands it.
   *
   * @throws ReplacedFileException where another file, or none, has the name by now
   */
  public void demand() throws IOException {
    if (!holds()) {
      throw new ReplacedFileException(path);
    }
  }
}
