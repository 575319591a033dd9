// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The CDI adapter on the lab's API server. */
class CdiDiskImportsIT extends CdiDiskImportsSuite {
  @TempDir static Path folder;

  @BeforeAll
  static void start() throws Exception {
    world = CdiWorld.onLab(folder);
  }

  @AfterAll
  static void stop() {
    world().close();
  }
}
