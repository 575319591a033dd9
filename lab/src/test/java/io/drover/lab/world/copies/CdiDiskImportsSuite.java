// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;

/**
 * The CDI adapter by every way of a stream into a volume, against the lab's controllers: real
 * bytes, real HTTPS, worker Jobs as processes; whichever API server stands between. All ways share
 * one world.
 */
abstract class CdiDiskImportsSuite {
  /** Bytes of a disk that no buffer on the way holds. */
  static final long LARGE = 60L << 20;

  static @Nullable CdiWorld world;

  static CdiWorld world() {
    CdiWorld there = world;
    if (there == null) {
      throw new IllegalStateException("the world was not begun");
    }
    return there;
  }

  @Nested
  class Foreseen extends ForeseenCopies {}

  @Nested
  class Uploaded extends UploadedImports {}

  @Nested
  class Served extends ServedImports {}

  @Nested
  class WrittenInPlace extends ImportsInPlace {}
}
