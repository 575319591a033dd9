// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a file is beyond what the JDK tells, by its mode (inode(7)); links are followed. */
final class FileType {
  private static final int MASK = 0170000;
  private static final int SOCKET = 0140000;
  private static final int BLOCK_DEVICE = 0060000;
  private static final int PIPE = 0010000;

  private FileType() {}

  /** Whether it is a block device; never where the system has none. */
  static boolean isBlockDevice(Path path) throws IOException {
    return of(path) == BLOCK_DEVICE;
  }

  /** Whether somebody reads it at the other end. */
  static boolean isRead(Path path) throws IOException {
    int type = of(path);
    return type == PIPE || type == SOCKET;
  }

  private static int of(Path path) throws IOException {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? (int) Files.getAttribute(path, "unix:mode") & MASK
        : 0;
  }
}
